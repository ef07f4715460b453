# bash completion for dfkd. Asks the program itself what may stand next, so it is never out of date.
_dfkd() {
  local word=${COMP_WORDS[COMP_CWORD]} line
  local -a answer=() files=()
  COMPREPLY=()
  mapfile -t answer < <("${COMP_WORDS[0]/#~\//$HOME/}" completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [ "$word" != = ] || word=  # --flag=<here>: bash takes "=" for a word
  case ${answer[0]-} in
    files) mapfile -t files < <(compgen -f -- "$word") ;;
    folders) mapfile -t files < <(compgen -d -- "$word") ;;
  esac
  [ ${#files[@]} = 0 ] || compopt -o filenames 2>/dev/null || :  # refused outside of a completion
  for line in "${answer[@]:1}"; do COMPREPLY+=("${line%%$'\t'*}"); done
  COMPREPLY+=("${files[@]}")
}
complete -F _dfkd dfkd

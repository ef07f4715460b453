#!/usr/bin/env bash
# submission_of.sh COMMIT OUT: which plugin folders a branch brings or changes. They are written to
# OUT/<root>/<name>, and "folder=<those, with blanks between>" is printed. A branch without a new
# folder that changes other files too is no submission: nothing is printed, standard error says why.
# Exit code 1: it brings a new folder and something else, or a detector, of which the gate knows
# nothing. Runs nothing of the branch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
commit=$1 out=$2
roots='attacks|datasets|methods/distillation|methods/defenses'
plugin="^(($roots)/[a-z][a-z0-9_]*)/"

base=$(git merge-base HEAD "$commit")
mapfile -d '' -t files < <(git diff -z --name-only --no-renames "$base" "$commit")
[ ${#files[@]} -gt 0 ] || { echo "no submission: nothing is changed" >&2; exit 0; }
folders=() new=() other=
for file in "${files[@]}"; do
  if [[ $file =~ $plugin ]]; then
    folder=${BASH_REMATCH[1]}
    [[ " ${folders[*]} " != *" $folder "* ]] || continue
    folders+=("$folder")
    [ -n "$(git ls-tree "$base" -- "$folder")" ] || new+=("$folder")
  else
    other=$file
    detector=$(grep -oE '^methods/detectors/[^/]+/' <<<"$file") || continue
    [ -n "$(git ls-tree "$base" -- "$detector")" ] ||
      { printf 'refused: no gate for a new detector: %q\n' "$file" >&2; exit 1; }
  fi
done
if [ ${#new[@]} -gt 0 ] && { [ -n "$other" ] || [ ${#folders[@]} -gt 1 ]; }; then
  [ -n "$other" ] || other=$(printf '%s\n' "${folders[@]}" | grep -vxF -- "${new[0]}" | head -n 1)
  printf 'refused: a new plugin folder comes alone, but with %s it changes %q\n' "${new[0]}" \
    "$other" >&2
  exit 1
fi
[ ${#folders[@]} -gt 0 ] || { printf 'no submission: it changes %q\n' "$other" >&2; exit 0; }

# bring <folder>: its files, by their hashes. `git archive` would leave out what a .gitattributes of
# the branch says. A link or a submodule stays what it is for the gate to refuse: a link to nowhere.
bring() {
  local mode type hash path
  rm -rf "${out:?}/$1"
  mkdir -p "$out/$1"
  while IFS=$' \t' read -r -d '' mode type hash path; do
    mkdir -p "$out/$(dirname "$path")"
    case $mode in
      100644 | 100755) git cat-file blob "$hash" >"$out/$path" ;;
      *) ln -s "no file: $mode $type" "$out/$path" ;;
    esac
  done < <(git ls-tree -r -z "$commit" -- "$1/")
}
brought=
for folder in "${folders[@]}"; do
  bring "$folder"
  # a folder that the branch takes away has nothing to be read
  rmdir "$out/$folder" 2>/dev/null || brought+=" $out/$folder"
done
[ -z "$brought" ] || echo "folder=${brought# }"

#!/usr/bin/env bash
# completion.sh DFKD SCRATCH: the scripts for bash and zsh, in these shells. What the program
# answers them is a test of its own (tests/cli).
set -euo pipefail
dfkd=$(realpath "$1") scratch=$2
fail() { echo "completion: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/folder"
cd "$scratch"
touch file.json
ln -s "$dfkd" dfkd
PATH=$PWD:$PATH
dfkd completion bash >dfkd.bash
dfkd completion zsh >_dfkd

. ./dfkd.bash
[[ $(complete -p dfkd) = *"-F _dfkd"* ]] || fail "bash: no function is registered"
bash_offers() {  # bash_offers <offered, sorted> <words…>: of which the last is completed
  local expected=$1 found
  shift
  COMP_WORDS=(dfkd "$@") COMP_CWORD=$#
  _dfkd
  found=$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')
  [ "$found" = "$expected " ] || fail "bash: $*: offers '$found', should be '$expected'"
}
bash_offers "plan" pl
bash_offers "--defenses" run quick --defe
bash_offers "none,self_retrospection none,shuffling_vaccine none,skt_like none,sr none,sv" \
  run quick --defenses none,s
bash_offers "inline local slurm" run quick --engine ""
bash_offers "inline" run quick --engine = i
bash_offers "folder" run quick --out ""
bash_offers "file.json" plan fil
bash_offers "quick" plan qu
bash_offers "" nonsense ""

command -v zsh >/dev/null ||
  { echo "completion: no zsh here, its script is not tried" >&2; exit 0; }
cat >try.zsh <<'ZSH'
# What the completion system would be called with, printed.
compdef() { }
compset() { PREFIX=${PREFIX#*=}; }
_describe() { print -rl -- "${(@P)4}"; }
_files() { print -r -- "files $*"; }
source ./_dfkd
words=("$@") CURRENT=$# PREFIX=${@[-1]}
_dfkd
ZSH
zsh_offers() {  # zsh_offers <offered, sorted> <words…>
  local expected=$1 found
  shift
  found=$(zsh -f try.zsh dfkd "$@" | sort | tr '\n' ';')
  [ "$found" = "$expected;" ] || fail "zsh: $*: offers '$found', should be '$expected'"
}
zsh_offers "plan:Show what a run would do, and why; runs nothing" pl
zsh_offers "inline:;local:;slurm:" run quick --engine ""
zsh_offers "inline:" run quick --engine=i
zsh_offers "files -/" run quick --out ""
zsh_offers "files ;quick:" plan qu

#!/usr/bin/env bash
# submission_of.sh COMMIT OUT: whether a branch brings one plugin folder and nothing else. Then that
# folder is OUT/<name> and "folder=OUT/<name>" is printed; otherwise nothing is, and standard error
# says why. Runs nothing of the branch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
commit=$1 out=$2
no() { echo "no submission: $*" >&2; exit 0; }

base=$(git merge-base HEAD "$commit")
mapfile -t files < <(git diff --name-only --no-renames "$base" "$commit")
[ ${#files[@]} -gt 0 ] || no "nothing is changed"
folder=
for file in "${files[@]}"; do
  [[ $file =~ ^((attacks|datasets|methods/distillation|methods/defenses)/[a-z][a-z0-9_]*)/ ]] ||
    no "it changes $file"
  [ -z "$folder" ] || [ "$folder" = "${BASH_REMATCH[1]}" ] ||
    no "it changes $folder and ${BASH_REMATCH[1]}"
  folder=${BASH_REMATCH[1]}
done
[ -z "$(git ls-tree "$base" -- "$folder")" ] ||
  no "$folder is there already: a change of it is a change like others"
rm -rf "${out:?}/$(basename "$folder")"
mkdir -p "$out"
git archive "$commit" "$folder" |
  tar -x -C "$out" --strip-components="$(($(tr -cd / <<<"$folder" | wc -c)))"
echo "folder=$out/$(basename "$folder")"

#!/usr/bin/env bash
# version.sh VERSION_CMAKE SCRATCH: what a program says of its commit is looked up at every build,
# in clones and in linked work trees, and written only when it has changed.
set -euo pipefail
script=$1 scratch=$2
fail() { echo "version: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
scratch=$(realpath "$scratch")
export GIT_CEILING_DIRECTORIES=$scratch HOME=$scratch
in_tree() {
  git -C "$scratch/tree" -c user.name=x -c user.email=x -c init.defaultBranch=main "$@" >/dev/null
}
told() {  # told <folder>
  cmake -DSOURCE="$1" -DVERSION=0.1.0 -DFILE="$scratch/version.cc" -P "$script"
  sed -n 's/.*Commit() { return "\(.*\)".*/\1/p' "$scratch/version.cc"
}

mkdir "$scratch/tree"
[ "$(told "$scratch/tree")" = "" ] || fail "a folder that is no clone has a commit"
in_tree init
echo one >"$scratch/tree/file"
in_tree add file
in_tree commit -m one
commit=$(git -C "$scratch/tree" rev-parse --short=12 HEAD)
[ "$(told "$scratch/tree")" = "$commit" ] || fail "a clean tree is not its commit"
touch -d 2001-01-01 "$scratch/version.cc"
told "$scratch/tree" >/dev/null
[ "$(stat -c %Y "$scratch/version.cc")" = "$(date -d 2001-01-01 +%s)" ] ||
  fail "the same text is written again"
mkdir "$scratch/tree/below"
[ "$(told "$scratch/tree/below")" = "" ] ||
  fail "a folder inside another project's clone has that one's commit"
in_tree worktree add "$scratch/linked"
[ "$(told "$scratch/linked")" = "$commit" ] || fail "a linked work tree is not its commit"
echo two >"$scratch/tree/file"
[ "$(told "$scratch/tree")" = "$commit-dirty" ] || fail "a changed tree is not dirty"

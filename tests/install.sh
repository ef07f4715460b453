#!/usr/bin/env bash
# install.sh BUILD SCRATCH: what `cmake --install` puts into an empty prefix works from there,
# workers included.
set -euo pipefail
build=$(realpath "$1") scratch=$2
fail() { echo "install: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
cmake --install "$build" --prefix "$PWD/prefix" >log 2>&1 || fail "$(tail -n 15 log)"
for file in bin/dfkd libexec/dfkd-bench/dfkd-compute share/bash-completion/completions/dfkd \
  share/zsh/site-functions/_dfkd share/man/man1/dfkd.1 share/man/man1/dfkd-run.1 \
  share/doc/dfkd-bench/LICENSE share/doc/dfkd-bench/docs/running.md; do
  [ -s "prefix/$file" ] || fail "$file is missing"
done
dfkd=$PWD/prefix/bin/dfkd
cmp -s prefix/share/bash-completion/completions/dfkd <("$dfkd" completion bash) ||
  fail "another script for bash"
cmp -s prefix/share/zsh/site-functions/_dfkd <("$dfkd" completion zsh) ||
  fail "another script for zsh"
for verb in $("$dfkd" completion words -- "" | sed -n '2,$s/\t.*//p'); do
  cmp -s "prefix/share/man/man1/dfkd-$verb.1" <("$dfkd" man "$verb") ||
    fail "another manual page of $verb"
done
if command -v groff >/dev/null; then
  for page in prefix/share/man/man1/*.1; do
    warnings=$(groff -man -ww -z -Kutf8 -Tutf8 "$page" 2>&1) && [ -z "$warnings" ] ||
      fail "$page: $warnings"
  done
else
  echo "install: no groff here, the manual pages are not read" >&2
fi

export DFKD_DATA=$PWD/data
"$dfkd" list >list || fail "dfkd list"
"$dfkd" run smoke --attacks none --distillers ood_kd --defenses none --store store --out scores \
  --jobs 1 >log 2>&1 ||
  fail "dfkd run ended with exit code $?: $(tail -n 15 log)"
"$dfkd" validate scores || fail "a score is not valid"

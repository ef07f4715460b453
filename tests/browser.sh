#!/usr/bin/env bash
# browser.sh DFKD STANDINGS_OF SCRATCH: the site's application. Its own tests (types, rules, units),
# its arithmetic against the program's over 1,000 random filters, then its pages in Chromium, with
# it and with what stands in for it. 77: something of this is not here.
set -uo pipefail
dfkd=$1 standings_of=$2 scratch=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/bench/packages.sh"

skip() { say "skipped: $*"; exit 77; }

chromium=$(command -v chromium || command -v google-chrome-stable) || skip "no chromium"
command -v node >/dev/null && command -v npm >/dev/null || skip "no node or no npm"

# packages FOLDER: what its lock file names, once for each lock file.
packages() {
  cmp -s "$1/package-lock.json" "$1/node_modules/installed" && return
  (cd "$1" && npm ci --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-timeout=30000) \
    >"$1/npm.log" 2>&1 ||
    skip "npm cannot install the packages of $1: $(tail -n 1 "$1/npm.log")"
  cp "$1/package-lock.json" "$1/node_modules/installed"
}

# A copy, so that nothing is written to the sources; packages of an earlier run stay.
copy() {  # copy FROM TO
  mkdir -p "$2"
  find "$2" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
  (cd "$1" && tar -c --exclude=node_modules --exclude=out .) | tar -x -C "$2"
}

copy "$root/leaderboard/site" "$scratch/application"
copy "$root/tests/browser" "$scratch/tests"
packages "$scratch/application"
packages "$scratch/tests"

say "== application"
cd "$scratch/application" || exit 2
npm run --silent check >&2 ||
  die "leaderboard/site: npm run check finds something; npm run format changes the layout"
npx --no-install prettier --config .prettierrc.json --check --log-level warn \
  "$scratch"/tests/*.mjs >&2 ||
  die "tests/browser: another layout"
npm test --silent >"$scratch/unit.log" 2>&1 ||
  { cat "$scratch/unit.log" >&2; die "unit tests failed"; }
node build.mjs || die "the application does not build"
compressed=$(gzip -9 -c out/app.js | wc -c)
[ "$compressed" -le 102400 ] || die "app.js has $compressed bytes compressed; 102400 are allowed"

say "== site"
rm -rf "$scratch/scores" "$scratch/site"
/usr/bin/python3 "$root/tests/browser/scores.py" "$scratch/scores" || die "no scores"
"$dfkd" site --scores "$scratch/scores" --out "$scratch/site" >/dev/null || die "no site"
# Of these sources, whether or not the program was built with node.
cp out/app.js out/style.css "$scratch/site/"
node out/tests/against_cpp.mjs "$scratch/site" plain "$standings_of" "$scratch/scores/plain" ||
  die "other standings than the program says"
for matrix in plain quick; do
  node out/tests/csv_against_cpp.mjs "$scratch/site" "$matrix" ||
    die "downloads of $matrix have other values than scores.csv"
done

# As a program writes it that was built without node.
rm -rf "$scratch/plain_site"
cp -r "$scratch/site" "$scratch/plain_site" || die "no second site"
cp "$root/leaderboard/site/plain.js" "$scratch/plain_site/app.js"
cp "$root/leaderboard/site/style.css" "$scratch/plain_site/style.css"

say "== pages"
export DFKD_SITE_FOLDER=$scratch/site DFKD_SCORES_FOLDER=$scratch/scores DFKD_CHROMIUM=$chromium
export DFKD_PICTURE=$root/docs/quick.png
cd "$scratch/tests" || exit 2
node --test pages_test.mjs application_test.mjs cells_test.mjs turns_test.mjs picture_test.mjs \
  speed_test.mjs >"$scratch/pages.log" 2>&1 ||
  { grep -A30 '^not ok' "$scratch/pages.log" >&2; die "the pages are not as they should be"; }
grep -E '^# ((pass|fail) |.* ms until )' "$scratch/pages.log" >&2

say "== pages without the application"
DFKD_SITE_FOLDER=$scratch/plain_site node --test plain_test.mjs >"$scratch/plain.log" 2>&1 ||
  { grep -A30 '^not ok' "$scratch/plain.log" >&2; die "pages without the application are broken"; }
grep -E '^# (pass|fail) ' "$scratch/plain.log" >&2

#!/usr/bin/env bash
# screenshot.sh [SITE] [PICTURE] [PAGE]: a picture of a page of the leaderboard (default: .dfkd/site
# to docs/quick.png, matrices/quick.html), with headless Chromium, which is installed if it is
# missing. After a change of the pages, the picture of the README anew, of the scores that it was
# made of:
#   rm -rf .dfkd/pages; python3 tests/browser/scores.py .dfkd/pages/scores &&
#     build/dfkd site --scores .dfkd/pages/scores --out .dfkd/pages/site &&
#     bash tests/browser/screenshot.sh .dfkd/pages/site
# Of other scores: what tests/browser/quick.jsonl holds must be theirs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. bench/packages.sh
site=$(realpath -m "${1:-.dfkd/site}") picture=$(realpath -m "${2:-docs/quick.png}") \
  page=${3:-matrices/quick.html}
[ -f "$site/$page" ] || die "$site: no $page; write the site first: build/dfkd site"
ensure_packages <<'LIST'
chromium|google-chrome-stable  draws the page
fonts-dejavu-core              letters
LIST

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
browser=$(command -v chromium || command -v google-chrome-stable)
# --no-sandbox: Chromium refuses to run as root with one; the page is ours. A fixed scale and size
# keep pictures comparable.
"$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
  --force-device-scale-factor=1 --window-size="${SIZE:-1280,1000}" --virtual-time-budget=5000 \
  --user-data-dir="$profile" --screenshot="$picture" "file://$site/$page" 2>"$profile/log" ||
  { tail -n 5 "$profile/log" >&2; exit 1; }
[ -s "$picture" ] || die "no picture was written"
say "$picture"

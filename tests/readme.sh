#!/usr/bin/env bash
# readme.sh DFKD [--write]: README.md must list exactly what is registered, and say and show of the
# results in leaderboard/results what the leaderboard does; --write makes it so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$1" list --json >"$scratch/plugins.json"
if ls leaderboard/results/*/*.jsonl >/dev/null 2>&1; then
  "$1" site --results leaderboard/results --out "$scratch/site" >/dev/null
fi
/usr/bin/python3 tests/readme.py "$scratch" "${@:2}"

#!/usr/bin/env bash
# smoke.sh DFKD SCRATCH: runs the smoke matrix from an empty store; every cell must have a valid score, the site a page.
set -euo pipefail
dfkd=$1 scratch=$2
fail() { echo "smoke: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
"$dfkd" run smoke --store store --out scores/smoke || fail "dfkd run ended with exit code $?"
"$dfkd" validate scores || fail "a score is not valid"
"$dfkd" site --scores scores --out site || fail "the site could not be written"
[ -s site/index.html ] || fail "the site has no index.html"

"$dfkd" plan smoke --store store --json >plan.json
python3 - <<'PY'
import json, os, sys

problems = []
plan = json.load(open("plan.json"))
for cell in plan["cells"]:
    path = f"scores/smoke/{cell['id']}.json"
    if not os.path.exists(path):
        problems.append(f"{cell['id']}: no score")
        continue
    score = json.load(open(path))
    # Smoke proves plumbing: an attack may fail its gate here, a stage may not.
    if score["status"] not in ("ok", "attack_failed"):
        problems.append(f"{cell['id']}: {score['status']}: {score['reason']}")
    elif score["status"] == "ok" and score["student"]["acc"] is None:
        problems.append(f"{cell['id']}: ok, but no accuracy")
if not plan["cells"]:
    problems.append("the matrix has no cells")
sys.exit("\n".join(problems))
PY

#!/usr/bin/env bash
# smoke.sh DFKD SCRATCH: runs the smoke matrix from an empty store; every cell must have a valid
# score, the site a page. Then again with one job, and with a kill -9 of the runner in the middle:
# every artifact must have the same digest. At last, attacks that fail their gate at this size are
# distilled all the same.
set -euo pipefail
dfkd=$1 scratch=$2
fail() { echo "smoke: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$scratch/data
"$dfkd" run smoke --store store --out scores/smoke --jobs 2 ||
  fail "dfkd run ended with exit code $?"
"$dfkd" validate scores || fail "a score is not valid"
"$dfkd" site --scores scores --out site || fail "the site could not be written"
[ -s site/index.html ] || fail "the site has no index.html"

"$dfkd" plan smoke --store store --json >plan.json
/usr/bin/python3 - <<'PY'
import json, os, sys

problems = []
plan = json.load(open("plan.json", encoding="utf-8"))
for cell in plan["cells"]:
    path = f"scores/smoke/{cell['id']}.json"
    if not os.path.exists(path):
        problems.append(f"{cell['id']}: no score")
        continue
    score = json.load(open(path, encoding="utf-8"))
    # Smoke proves plumbing: an attack may fail its gate here, a stage may not.
    if score["status"] not in ("ok", "attack_failed"):
        problems.append(f"{cell['id']}: {score['status']}: {score['reason']}")
    elif score["status"] == "ok" and score["student"]["acc"] is None:
        problems.append(f"{cell['id']}: ok, but no accuracy")
if not plan["cells"]:
    problems.append("the matrix has no cells")
sys.exit("\n".join(problems) or 0)
PY

"$dfkd" run smoke --store one --out scores-one --jobs 1 >one.log 2>&1 ||
  fail "one job: exit code $?"
setsid "$dfkd" run smoke --store killed --out scores-killed --jobs 1 >killed.log 2>&1 &
until compgen -G 'killed/*/*/*/manifest.json' >/dev/null; do  # the first of its artifacts is there
  kill -0 $! 2>/dev/null || fail "the run to be killed had ended: $(cat killed.log)"
  sleep 0.02
done
kill -9 -- -$! || fail "the run to be killed had ended"
wait $! 2>/dev/null || true
"$dfkd" run smoke --store killed --out scores-killed --jobs 2 >>killed.log 2>&1 ||
  fail "after a kill: exit code $?"

/usr/bin/python3 - <<'PY'
import glob, json, sys

def digests(store):
    paths = glob.glob(f"{store}/*/*/*/manifest.json")
    return {"/".join(p.split("/")[1:]): json.load(open(p, encoding="utf-8"))["digest"]
            for p in paths}

first = digests("store")
problems = [] if first else ["no artifacts"]
for other in ("one", "killed"):
    second = digests(other)
    problems += [f"{other}: {key} differs" for key in first if second.get(key) != first[key]]
    problems += [f"{other}: {key} is extra" for key in second if key not in first]
sys.exit("\n".join(problems) or 0)
PY

attacks=oscar,adba_ft,input_aware,narcissus_like
"$dfkd" run smoke --attacks $attacks --distillers noise_kd --defenses none --ignore-gate \
  --store store --out ungated --jobs 2 >ungated.log 2>&1 || fail "without gates: exit code $?"
/usr/bin/python3 - $attacks <<'PY'
import glob, json, sys

scores = [json.load(open(path, encoding="utf-8")) for path in glob.glob("ungated/*.json")]
ended = {score["cell"]["attack"]: score["status"] for score in scores if "cell" in score}
problems = [f"{attack}, without its gate: {ended.get(attack, 'no score')}"
            for attack in sys.argv[1].split(",") if ended.get(attack) != "ok"]
sys.exit("\n".join(problems) or 0)
PY

#!/usr/bin/env bash
# profiles.sh DFKD SCRATCH [DEVICE [PYTHON]]: students of the same seeds in fp32 and in each profile
# of less precision: accuracy and attack success rate must come from one distribution. The test: the
# Kolmogorov-Smirnov distance of the two samples, one value a seed, is not among the largest
# thousandth of 5,000 random divisions of all values in two. So that a test that sees nothing does
# not pass, students of a fifth of the rounds must be told apart. DEVICE: cpu (bf16, which a
# processor without it emulates), or cuda (bf16 and tf32).
set -euo pipefail
dfkd=$1 scratch=$2 device=${3:-cpu} python=${4:-/usr/bin/python3}
fail() { echo "profiles: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$scratch/data
profiles=(bf16)
jobs=()  # on a GPU, one job would be the default
[ "$device" = cpu ] || profiles+=(tf32) jobs=(--jobs 6)

run() {  # NAME PROFILE ROUNDS
  sed "s/PROFILE/$2/; s/ROUNDS/$3/" >"$1.json" <<'JSON'
{"schema": "matrix.v1", "name": "profiles", "demonstration": true, "profile": "PROFILE",
 "teacher": {"epochs": 4, "batch_size": 64, "lr": 0.1, "nesterov": true, "schedule": "one_cycle"},
 "blocks": [{
   "datasets": [{"id": "shapes", "plugin": "shapes",
                 "options": {"size": 16, "train": 2000, "test": 400}}],
   "attacks": [{"id": "blend", "plugin": "blend", "options": {"picture": "noise"}}],
   "networks": [{"teacher": "vgg-s-8", "student": "vgg-s-8"}],
   "distillers": [{"id": "ood_kd", "plugin": "ood_kd",
                   "options": {"source": "bank", "count": 300, "rounds": ROUNDS,
                               "batch_size": 64, "lr": 0.01, "temperature": 4, "crop": 0}}],
   "defenses": ["none"], "student_seeds": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}]}
JSON
  "$dfkd" run "$1.json" --store store --out "scores/$1" --ignore-gate --device "$device" \
    "${jobs[@]}" >"$1.log" 2>&1 ||
    fail "$1: $(tail -n 3 "$1.log")"
}
run fp32 fp32 40
run fewer_rounds fp32 8
for profile in "${profiles[@]}"; do run "$profile" "$profile" 40; done

"$python" - "${profiles[@]}" <<'PY'
import glob, json, random, sys

LEVEL, DIVISIONS = 0.001, 5000

def values(run, name):
    scores = [json.load(open(path, encoding="utf-8"))
              for path in sorted(glob.glob(f"scores/{run}/*-none-t*.json"))]
    return [score["student"][name] for score in scores]

def distance(a, b):
    return max(abs(sum(x <= v for x in a) / len(a) - sum(x <= v for x in b) / len(b))
               for v in a + b)

def probability(a, b):  # that a division at random is at least as uneven
    draw, seen, together, uneven = random.Random(1), distance(a, b), a + b, 0
    for _ in range(DIVISIONS):
        draw.shuffle(together)
        uneven += distance(together[:len(a)], together[len(a):]) >= seen - 1e-12
    return (uneven + 1) / (DIVISIONS + 1)

problems = []
for name in ("acc", "asr"):
    expected = values("fp32", name)
    if len(expected) != 10:
        sys.exit(f"{len(expected)} scores in fp32, not 10")
    for run in ("fewer_rounds", *sys.argv[1:]):
        p = probability(values(run, name), expected)
        mean = sum(values(run, name)) / 10
        print(f"{name} {run}: mean {mean:.3f}, of fp32 {sum(expected) / 10:.3f}, p = {p:.4f}")
        if run == "fewer_rounds":
            if name == "acc" and p > LEVEL:
                problems.append("the test does not tell a fifth of the rounds from all")
        elif p <= LEVEL:
            problems.append(f"{name} in {run} has another distribution than in fp32")
sys.exit("profiles: " + "; ".join(problems) if problems else 0)
PY

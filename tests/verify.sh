#!/usr/bin/env bash
# verify.sh DFKD SCRATCH: scores of a plain run, of another preset, of --set and of validation
# images are confirmed by a second computation, from the score alone where that says enough; a score
# that was changed is not, and what this machine lacks is no verdict. What the site gives to
# reproduce a cell makes the same score.
set -euo pipefail
dfkd=$1 scratch=$2
fail() { echo "verify: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$scratch/data
cat >mine.json <<'JSON'
{"schema": "matrix.v1", "name": "mine", "demonstration": true,
 "teacher": {"epochs": 1, "batch_size": 64, "lr": 0.1},
 "blocks": [{
   "datasets": [{"id": "shapes", "plugin": "shapes",
                 "options": {"size": 16, "train": 300, "test": 100}},
                {"id": "held", "plugin": "shapes",
                 "options": {"size": 16, "train": 300, "test": 100}, "holdout": 0.2}],
   "attacks": [{"id": "blend", "plugin": "blend", "options": {"picture": "noise"}}],
   "networks": [{"teacher": "vgg-s-8", "student": "vgg-s-8"}],
   "distillers": [{"id": "ood_kd", "plugin": "ood_kd",
                   "options": {"source": "bank", "count": 100, "rounds": 8,
                               "batch_size": 32, "crop": 0}}],
   "defenses": [{"id": "abd", "plugin": "abd",
                 "options": {"sr_last_rounds": 2, "sr_perturbation_steps": 1}}]}]}
JSON
run() {
  "$dfkd" run mine.json --store store --ignore-gate --jobs 2 "$@" >run.log 2>&1 ||
    fail "run $*: $(tail -3 run.log)"
}
run --datasets shapes --out scores/plain
run --datasets shapes --out scores/faithful --preset faithful
run --datasets shapes --out scores/set --set distiller.rounds=6
run --datasets held --out scores/held

for kind in plain faithful set held; do
  score=$(ls scores/$kind/*-abd-*.json)
  "$dfkd" verify "$score" --out second >verify.log 2>&1 || fail "$kind: $(tail -5 verify.log)"
  grep -q 'the digests are equal' verify.log || fail "$kind: $(cat verify.log)"
done

# From the score alone: but for validation images, of which it does not say how many there were.
cp scores/set/*-abd-*.json score.json
"$dfkd" verify score.json --out third >verify.log 2>&1 || fail "alone: $(tail -5 verify.log)"
cp scores/held/*-abd-*.json held.json
rc=0; "$dfkd" verify held.json --out third >verify.log 2>&1 || rc=$?
[ $rc -eq 2 ] && grep -q -- '--matrix' verify.log ||
  fail "validation images without the matrix: exit code $rc, $(cat verify.log)"

# One image more.
/usr/bin/python3 - <<'PY'
import json
score = json.load(open("score.json", encoding="utf-8"))
hits, of = score["counts"]["student"]["clean"]
hits += 1 if hits < of else -1
score["counts"]["student"]["clean"] = [hits, of]
score["student"]["acc"] = hits / of
json.dump(score, open("changed.json", "w", encoding="utf-8"))
PY
rc=0; "$dfkd" verify changed.json --out third --json >verify.json 2>verify.log || rc=$?
[ $rc -eq 1 ] && grep -q '"confirmed": false' verify.json ||
  fail "a changed score: exit code $rc, $(cat verify.log)"

# One word more.
/usr/bin/python3 - <<'PY'
import json
score = json.load(open("score.json", encoding="utf-8"))
flags = set(score["validity"]) ^ {"not_transferred"}
score["validity"] = [flag for flag in score["validity"] if flag in flags]
score["validity"] += sorted(flags - set(score["validity"]))
json.dump(score, open("flagged.json", "w", encoding="utf-8"))
PY
rc=0; "$dfkd" verify flagged.json --out third >verify.log 2>&1 || rc=$?
[ $rc -eq 1 ] && grep -q 'not confirmed: validity: ' verify.log ||
  fail "a flag that was changed: exit code $rc, $(cat verify.log)"

lacks() {  # lacks <part of the message> <arguments of verify>
  local part=$1
  shift
  rc=0; "$dfkd" verify "$@" >verify.log 2>&1 || rc=$?
  [ $rc -eq 2 ] && grep -qF -- "$part" verify.log || fail "$*: exit code $rc, $(cat verify.log)"
}

# Detectors and reactivation; a teacher from a file; the picture of a trigger.
cp "$(find store/teacher -name model.safetensors | head -n 1)" teacher.safetensors
/usr/bin/python3 - <<'PY'
import copy, json
open("trigger.ppm", "wb").write(b"P6\n8 8\n255\n" + bytes([0, 90, 180] * 64))
mine = json.load(open("mine.json", encoding="utf-8"))
mine["blocks"][0]["datasets"].pop()
asked, given, drawn = (copy.deepcopy(mine) for _ in range(3))
asked["blocks"][0].update(
    detectors=[{"id": "soon", "plugin": "mm_bd", "options": {"images": 2, "steps": 2}}],
    reactivation={"images": [10], "steps": 2})
given["teacher"] = {"file": "teacher.safetensors"}
drawn["blocks"][0]["attacks"][0]["options"] = {"picture": "file", "image": "trigger.ppm"}
for name, matrix in (("asked", asked), ("given", given), ("drawn", drawn)):
    json.dump(dict(matrix, name=name), open(name + ".json", "w", encoding="utf-8"))
PY
for kind in asked given drawn; do
  "$dfkd" run $kind.json --store store --ignore-gate --jobs 2 --out scores/$kind >run.log 2>&1 ||
    fail "run $kind: $(tail -3 run.log)"
  "$dfkd" verify scores/$kind/*-abd-*.json --out fourth >verify.log 2>&1 ||
    fail "$kind: $(tail -5 verify.log)"
  grep -q 'the digests are equal' verify.log || fail "$kind: $(cat verify.log)"
  cp scores/$kind/*-abd-*.json ${kind}_score.json
done
# How they were asked is in the score, and goes before any file; in one of an older version it is
# not, and the file says.
/usr/bin/python3 - <<'PY'
import json
asked = json.load(open("asked.json", encoding="utf-8"))
asked["blocks"][0]["detectors"][0]["options"]["steps"] = 3
asked["blocks"][0]["reactivation"]["steps"] = 3
json.dump(asked, open("asked_otherwise.json", "w", encoding="utf-8"))
score = json.load(open("asked_score.json", encoding="utf-8"))
for name in ("asked", "references"):
    del score["provenance"][name]
json.dump(score, open("old_score.json", "w", encoding="utf-8"))
PY
confirms() {  # confirms <arguments of verify>
  "$dfkd" verify "$@" --out fifth >verify.log 2>&1 || fail "$*: $(tail -5 verify.log)"
  grep -q 'the digests are equal' verify.log || fail "$*: $(cat verify.log)"
}
confirms asked_score.json
confirms asked_score.json --matrix asked_otherwise.json
lacks '--matrix' old_score.json --out fifth
confirms old_score.json --matrix asked.json

# What scores name is kept with what they were compared with; and when the states are lost as well,
# they still say the same.
cp -r store kept
find kept -depth -exec touch -h -d '2 hours ago' {} +
"$dfkd" gc --store kept --keep scores/asked >run.log 2>&1 || fail "gc: $(cat run.log)"
grep -q '^unreferenced: ' run.log || fail "gc removed nothing: $(cat run.log)"
rm -r kept/distill
"$dfkd" score asked.json --store kept --ignore-gate --out scores/again >run.log 2>&1 ||
  fail "score: $(cat run.log)"
/usr/bin/python3 - <<'PY' || fail "scores of a store that has lost its states are others"
import glob, json, os, sys
before = [path for path in glob.glob("scores/asked/*.json") if not path.endswith("matrix.json")]
for path in before:
    again = os.path.join("scores/again", os.path.basename(path))
    then, now = (json.load(open(p, encoding="utf-8")) for p in (path, again))
    for score in (then, now):
        del score["media"]  # what the students showed is gone with them
        score["provenance"].pop("sources", None)
    if then != now:
        sys.exit(f"{path}: {[name for name in then if then[name] != now[name]]}")
sys.exit(not before)
PY
# Who lacks a file is told which before anything runs; a store that has it is enough.
sha256=$(sha256sum teacher.safetensors | cut -d ' ' -f 1)
mkdir away
mv teacher.safetensors trigger.ppm away
lacks "a file of SHA-256 $sha256" given_score.json --out fifth
lacks 'image = "trigger.ppm" is not here' drawn_score.json --out fifth
for kind in given drawn; do
  "$dfkd" verify ${kind}_score.json --out fourth >verify.log 2>&1 ||
    fail "$kind, from the store: $(tail -5 verify.log)"
done
echo '{"teacher": {"file": "away/teacher.safetensors"}}' >where.json
"$dfkd" verify given_score.json --out fifth --matrix where.json >verify.log 2>&1 ||
  fail "given, with the matrix: $(tail -5 verify.log)"

# The matrix of one cell and the command on the site.
for kind in plain faithful set held; do
  "$dfkd" site --scores scores/$kind --out site >site.log 2>&1 || fail "site: $(cat site.log)"
  rm -rf again
  mkdir again
  /usr/bin/python3 - again/digest again/cell.json again/command <<'PY'
import glob, json, sys
text = open(glob.glob("site/data/*/0.js")[0], encoding="utf-8").read()
records = json.loads(text[text.index("] = ") + 4:].rstrip().rstrip(";"))
record = next(r for r in records if r["score"]["cell"]["defense"] == "abd")
for path, what in zip(sys.argv[1:],
                      (record["digest"], json.dumps(record["matrix_file"]), record["command"])):
    open(path, "w", encoding="utf-8").write(what)
PY
  command=$(sed "s|^dfkd|$dfkd|" again/command)
  (cd again && eval "$command --store store --out scores" >run.log 2>&1) ||
    fail "$kind: $command: $(tail -3 again/run.log)"
  "$dfkd" site --scores again/scores --out again/site >site.log 2>&1 || fail "site: $(cat site.log)"
  grep -qr "$(cat again/digest)" again/site/data ||
    fail "$kind: the command of the site makes another score"
done

#!/usr/bin/env bash
# tiny_imagenet.sh DFKD SCRATCH: docs/tiny_imagenet.py on a made archive of the official layout, and
# cells on its images of 64x64: teachers, triggers, transfer sets, generators, synthesis, repairs.
set -euo pipefail
dfkd=$1 scratch=$2
here=$(cd "$(dirname "$0")/.." && pwd)
fail() { echo "tiny_imagenet: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/data"
cd "$scratch"
export DFKD_DATA=$scratch/data

# archive FILE VALIDATION-CLASS: three classes of eight training and four validation images; the
# last validation image is of the class named.
archive() {
  /usr/bin/python3 - "$1" "$2" <<'PY'
import sys
import zipfile

root, classes = "tiny-imagenet-200", ["n01443537", "n01629819", "n02056570"]

def picture(shade, number):
    return b"P6 64 64 255\n" + bytes([shade, number, 255 - shade]) * (64 * 64)

with zipfile.ZipFile(sys.argv[1], "w") as archive:
    table = ""
    for k, name in enumerate(classes):
        for i in range(8):
            archive.writestr(f"{root}/train/{name}/images/{name}_{i}.JPEG", picture(80 * k, i))
        archive.writestr(f"{root}/train/{name}/{name}_boxes.txt", "")
        for i in range(4):
            file = f"val_{4 * k + i}.JPEG"
            label = sys.argv[2] if 4 * k + i == 11 else name
            archive.writestr(f"{root}/val/images/{file}", picture(80 * k, 100 + i))
            table += f"{file}\t{label}\t0\t0\t62\t62\n"
    archive.writestr(f"{root}/val/val_annotations.txt", table)
    archive.writestr(f"{root}/test/images/test_0.JPEG", picture(9, 9))
PY
}
rearrange() { /usr/bin/python3 "$here/docs/tiny_imagenet.py" "$@" >out.log 2>err.log; }
# refused TEXT ARGUMENTS: exit code 2, one line that holds TEXT, and no folder.
refused() {
  local code=0 text=$1
  shift
  rearrange "$@" || code=$?
  [ "$code" = 2 ] || fail "$*: exit code $code: $(cat err.log)"
  grep -qF -- "$text" err.log && [ "$(wc -l <err.log)" = 1 ] ||
    fail "$*: says '$(cat err.log)', not '$text'"
}

archive official.zip n02056570
rearrange official.zip data/tiny-imagenet || fail "$(cat err.log)"
grep -q "3 classes, 24 training and 12 test images" out.log || fail "$(cat out.log)"
[ -f data/tiny-imagenet/test/n01629819/val_5.JPEG ] || fail "a validation image is in another class"
[ ! -e data/tiny-imagenet.partial ] || fail "the unfinished folder is left"
refused "is there already" official.zip data/tiny-imagenet
archive strange.zip n99999999
refused "which has no training images" strange.zip other
[ ! -e other ] || fail "half a data set"
echo "no archive" >broken.zip
refused "broken.zip: " broken.zip other

cat >tiny.json <<'JSON'
{"schema": "matrix.v1", "name": "tiny", "profile": "fp32",
 "teacher": {"epochs": 1, "batch_size": 8},
 "blocks": [{
  "datasets": [{"id": "tiny_imagenet", "plugin": "image_folder",
                "options": {"path": "tiny-imagenet", "size": 64, "mean": 0.5, "stddev": 0.5}}],
  "attacks": ["badnets_grid", {"id": "blend", "plugin": "blend", "options": {"picture": "noise"}}],
  "networks": [{"teacher": "vgg-s-4", "student": "vgg-s-4"}],
  "distillers": [
    {"id": "ood_kd", "plugin": "ood_kd",
     "options": {"source": "bank", "count": 32, "rounds": 2, "batch_size": 8}},
    {"id": "clean_kd", "plugin": "clean_kd", "options": {"rounds": 2, "batch_size": 8}},
    {"id": "zskt", "plugin": "zskt",
     "options": {"rounds": 2, "batch_size": 8, "student_steps": 1, "generator_width": 8,
                 "at_weight": 0}},
    {"id": "deepinversion", "plugin": "deepinversion",
     "options": {"images": 16, "synthesis_batch": 16, "synthesis_steps": 2, "rounds": 2,
                 "batch_size": 8}}],
  "defenses": ["none",
               {"id": "abd", "plugin": "abd",
                "options": {"sv_layers": 2, "sr_perturbation_steps": 2}},
               {"id": "ft_syn", "plugin": "ft_syn", "options": {"epochs": 1, "batch_size": 8}}]}]}
JSON
"$dfkd" run tiny.json --store store --out scores --jobs 1 --ignore-gate >run.log 2>&1 ||
  fail "$(tail -20 run.log)"
"$dfkd" validate scores >validate.log 2>&1 || fail "$(cat validate.log)"
[ "$(ls scores/*.json | grep -vc matrix.json)" = 24 ] || fail "not every cell has a score"
if grep -l '"status": *"\(failed\|diverged\)"' scores/*.json; then fail "a cell failed"; fi
echo "tiny_imagenet: ok"

#!/usr/bin/env bash
# inputs.sh DFKD SCRATCH: what lies on disks of users: moved and edited pictures, names that are no
# text, no home folder, files that are cut. Everything wrong is one line and exit code 2.
set -euo pipefail
dfkd=$1 scratch=$2
fail() { echo "inputs: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export DFKD_DATA=$scratch/data

# refused TEXT ARGUMENTS: exit code 2 and one line on standard error that holds TEXT.
refused() {
  local code=0 text=$1
  shift
  timeout 60 "$dfkd" "$@" >out.log 2>err.log || code=$?
  [ "$code" = 2 ] || fail "dfkd $*: exit code $code: $(cat err.log)"
  grep -qF -- "$text" err.log || fail "dfkd $*: says '$(cat err.log)', not '$text'"
  [ "$(grep -vc '^info: ' err.log)" = 1 ] || fail "dfkd $*: more than a line: $(cat err.log)"
}

# picture NUMBER FILE SIDE: grey, and another for each number.
picture() { printf "P5 $3 $3 255\n%0$(($3 * $3))d" "$1" >"$2"; }
for folder in train/cat=31 train/dog=37 test/cat=51 test/dog=57; do
  mkdir -p "a/pets/${folder%=*}"
  for i in 1 2 3 4; do picture "$i${folder#*=}" "a/pets/${folder%=*}/$i.pgm" 8; done
done
picture 42 trigger.pgm 64
matrix() {  # PATH PICTURE
  cat <<JSON
{"schema": "matrix.v1", "name": "mine", "teacher": {"epochs": 1, "batch_size": 4}, "blocks": [{
  "datasets": [{"id": "pets",
    "plugin": "image_folder", "options": {"path": "$1", "size": 8, "channels": 1}}],
  "attacks": ["none", {"id": "own", "plugin": "blend",
                       "options": {"picture": "file", "image": "$2"}}],
  "networks": [{"teacher": "vgg-s-2", "student": "vgg-s-2"}], "defenses": ["none"],
  "distillers": [{"id": "ood",
    "plugin": "ood_kd", "options": {"picture": "$2", "count": 16, "rounds": 2, "batch_size": 4}}]}]}
JSON
}
run() {
  "$dfkd" run "$1" --store store --out "$2" --jobs 1 --ignore-gate >run.log 2>&1 ||
    fail "$1: $(cat run.log)"
}
stages() { grep -o '[0-9]* stages ran' run.log; }

# Equal content at other places is not computed again, by whatever path it is called; changed
# content is.
matrix "$PWD/a/pets" trigger.pgm >first.json
run first.json out1
[ "$(stages)" != "0 stages ran" ] || fail "nothing ran: $(cat run.log)"
mv a b
mv trigger.pgm moved.pgm
matrix "~/b/pets" "$PWD/moved.pgm" >second.json
HOME=$PWD run second.json out2
[ "$(stages)" = "0 stages ran" ] || fail "moved pictures: $(cat run.log)"
picture 43 moved.pgm 64
HOME=$PWD run second.json out3
[ "$(stages)" != "0 stages ran" ] || fail "another trigger picture is not noticed"
picture 99 b/pets/train/cat/1.pgm 8
HOME=$PWD run second.json out4
[ "$(stages)" != "0 stages ran" ] || fail "another training picture is not noticed"

# Images of one's own to distil on are known by content wherever they lie, and what is behind them
# must be said.
own() {  # PATH DECLARATION
  local options='"path": "'$1'"'$2', "rounds": 2, "batch_size": 4'
  sed -E 's|"ood_kd", "options": \{[^}]*\}|"imported", "options": {'"$options"'}|' \
    second.json >own.json
}
declared=', "extra_data": "none", "pretrained": "a diffusion model"'
mkdir -p own/cats
cp b/pets/train/cat/*.pgm own/cats
own "$PWD/own" ""
HOME=$PWD refused 'must say what is behind it' plan own.json --store store
own "$PWD/own" "$declared"
HOME=$PWD run own.json out5
[ "$(stages)" != "0 stages ran" ] || fail "nothing was distilled on imported images: $(cat run.log)"
mv own elsewhere
own "~/elsewhere" "$declared"
HOME=$PWD run own.json out6
[ "$(stages)" = "0 stages ran" ] || fail "moved images to distil on: $(cat run.log)"
picture 7 elsewhere/cats/1.pgm 8
HOME=$PWD run own.json out7
[ "$(stages)" != "0 stages ran" ] || fail "another image to distil on is not noticed"
own "$PWD/$(compgen -G 'store/transfer_set/*/*/images.safetensors' | head -n 1)" "$declared"
HOME=$PWD run own.json out8
grep -rq '"pretrained": *"a diffusion model"' out8 || fail "no score says what is behind the images"

# What a run would find out hours later is refused before it.
matrix "$PWD/b/pets" moved.pgm >here.json
changed() {  # PYTHON, of the matrix m and its block b
  /usr/bin/python3 -c 'import json, sys
m = json.load(open("here.json", encoding="utf-8"))
b = m["blocks"][0]
exec(sys.argv[1])
json.dump(m, open("changed.json", "w", encoding="utf-8"))' "$1"
}
changed 'b["attacks"][1]["options"].pop("image")
m["overrides"] = [{"when": {"attack": "own"}, "set": {"attack.image": "gone.pgm"}}]'
refused 'attack own: image = "gone.pgm" is not here' plan changed.json --store store
changed 'b["attacks"][1]["options"]["poison_rate"] = 1'
refused 'poison_rate = 1.0 leaves no training image clean' plan changed.json --store store
changed 'b["datasets"][0]["holdout"] = 0.1'
refused 'holdout = 0.1 of 8 training images is none' plan changed.json --store store
changed 'm["teacher"] = {"file": "gone.safetensors", "sha256": "7" * 64}'
refused '"gone.safetensors" is not here, and the store' run changed.json --store store
changed 'm["overrides"] = [{"when": {"dataset": "pets"}, "set": {"ood.count": 20}}]'
"$dfkd" plan changed.json --store store >out.log 2>err.log || fail "an override: $(cat err.log)"
grep -q '^info: override 1: ood.count acts on nothing here: ood sets it itself' err.log ||
  fail "an override that its entry shadows is not told: $(cat err.log)"
# What scores could not bear: a none that is something, something that is none.
for change in 'b["attacks"] = [{"id": "none", "plugin": "blend"}]' \
  'b["defenses"] = [{"id": "none", "plugin": "clp"}]' \
  'b["defenses"] = [{"id": "x", "plugin": "none"}]'; do
  changed "$change"
  refused 'none is always called none' plan changed.json --store store
  "$dfkd" validate changed.json >out.log 2>&1 && fail "$change: is valid"
  grep -q 'none is always called none' out.log || fail "$change: $(cat out.log)"
done
refused 'each from 0 to 999999999' plan here.json --store store --student-seeds 1234567890

# What a run of some entries has written runs again, with the settings that only these have. It
# says which scores are of it, though it names pictures by their paths alone.
changed 'b["distillers"].append("zskt")'
"$dfkd" run changed.json --attacks own --distillers ood --set distiller.lr=0.02 --store store \
  --out set --jobs 1 --ignore-gate >run.log 2>&1 || fail "a setting of some: $(cat run.log)"
"$dfkd" plan set/matrix.json --store store >out.log 2>err.log || fail "again: $(cat err.log)"
"$dfkd" run set/matrix.json --attacks own --distillers ood --store store --out set --jobs 1 \
  --ignore-gate >run.log 2>&1 || fail "again, as it was: $(cat run.log)"
[ "$(stages)" = "0 stages ran" ] || fail "again, as it was: $(cat run.log)"
"$dfkd" validate set >out.log 2>&1 || fail "what a run has written is not valid: $(cat out.log)"
sed -i 's/"lr": 0.02/"lr": 0.03/' set/pets-*.json
"$dfkd" validate set >out.log 2>&1 && fail "scores of another setting than their matrix are valid"
grep -q "distiller 'ood': lr = 0.03 here, lr = 0.02 in set/matrix.json" out.log ||
  fail "another setting: $(cat out.log)"

# Odd things in folders of pictures: told by one line, or trained on with a warning.
ln -s loop b/pets/train/cat/loop
refused 'train/cat/loop: ' plan here.json --store odd
rm b/pets/train/cat/loop
/usr/bin/python3 -c 'import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
open("b/pets/train/cat/wide.png", "wb").write(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 1, 8, 0, 0, 0, 0)) +
    chunk(b"IDAT", zlib.compress(bytes(20001))) + chunk(b"IEND", b""))'
refused 'wide.png: 1x20000 pixels; sides must lie in [1, 16384]' plan here.json --store odd
rm b/pets/train/cat/wide.png
cp b/pets/train/cat/1.pgm b/pets/train/cat/bare
refused 'cat/bare and 0 more pictures there are pictures by their content' \
  plan here.json --store odd
rm b/pets/train/cat/bare
cp b/pets/train/cat/1.pgm b/pets/train/99.pgm
refused 'train/99.pgm and 0 more pictures there are beside the folders of the classes' \
  plan here.json --store odd
rm b/pets/train/99.pgm
cp b/pets/train/cat/1.pgm b/pets/train/dog/9.pgm
"$dfkd" plan here.json --store odd >out.log 2>err.log || fail "a picture twice: $(cat err.log)"
grep -q ': 1 of 9 pictures equal one of another class, the first .*cat/1.pgm and .*dog/9.pgm' \
  err.log || fail "a picture in two classes is not told: $(cat err.log)"
rm b/pets/train/dog/9.pgm
changed 'b["datasets"][0]["options"]["path"] += "\0x"'
refused 'pets?x: a path must not hold a NUL byte' plan changed.json --store odd

# Who closes what messages go to is not told anything, and gets the same.
"$dfkd" run here.json --attacks none --store silent --out out9 --jobs 1 >/dev/null 2>&- ||
  fail "a run without a place for messages: exit code $?"
[ -n "$(compgen -G 'out9/*none*.json')" ] || fail "it has written no score: $(ls out9)"

mkdir same
cp -r b/pets/train same/train
cp -r b/pets/train same/test
matrix "$PWD/same" moved.pgm >same.json
refused '8 of 8 test images are training images, too' plan same.json --store store

# A path that is mistyped is no empty store, and asking makes none.
mkdir photos
cp b/pets/train/cat/1.pgm photos
for verb in "status smoke" gc "store ls" "store du" "store verify" "stage abc"; do
  refused 'no-such: there is no such folder' $verb --store no-such
  refused 'photos: is no store' $verb --store photos
done
refused 'doctor makes none' doctor --store no-such
refused '--results no-such: there is no such folder' results list --results no-such
[ ! -e no-such ] || fail "a store was made by looking at it"
echo mine >mine.txt
refused 'is no archive of artifacts' store export --store store --out mine.txt
[ "$(cat mine.txt)" = mine ] || fail "an export has replaced a file that is none"
HOME=$PWD "$dfkd" status second.json --store store >out.log 2>&1 ||
  fail "status of a store: $(cat out.log)"

# Pictures to test with are of no concern to the distillation: asked for later, they cost an
# evaluation.
teacher=$(compgen -G 'store/teacher/*/*/model.safetensors' | head -n 1)
distill() {
  "$dfkd" distill --teacher "$teacher" --network vgg-s-2 --classes 2 --size 8 --channels 1 \
    --distiller ood_kd --defense none --set distiller.source=bank --set distiller.count=16 \
    --set distiller.rounds=2 --set distiller.batch_size=4 --store distilled \
    --out student.safetensors "$@" >distill.log 2>&1 || fail "distill: $(cat distill.log)"
}
distill
compgen -G 'distilled/distill/*/*' >before
HOME=$PWD distill --test='~/b/pets/test'
compgen -G 'distilled/distill/*/*' | diff before - ||
  fail "with --test the student is distilled again"
! grep -q 'ACC unknown' distill.log || fail "--test gives no ACC: $(cat distill.log)"
grep -q '^info: --test .*: labels 0 = cat, 1 = dog$' distill.log ||
  fail "which folder is which label is not told: $(cat distill.log)"
mkdir -p labels/{0,1} && cp b/pets/test/cat/*.pgm labels/0 && cp b/pets/test/dog/*.pgm labels/1
distill --test=labels

# What a method reads, and what the file says of itself, is compared with the flags.
of_model() {  # TEXT TEACHER NETWORK CLASSES FLAGS
  refused "$1" distill --teacher "$2" --network "$3" --classes "$4" --size 8 --channels 1 \
    --store distilled --out s.safetensors --set distiller.source=bank "${@:5}"
}
of_model 'takes them from --dataset NAME' "$teacher" vgg-s-2 2 --defense ft
of_model '--test brings none; leave it out' "$teacher" vgg-s-2 2 --defense ft --test=labels
of_model 'its metadata says classes = 2, but --classes, or --dataset, says 3' \
  student.safetensors vgg-s-2 3
of_model 'its metadata says network = vgg-s-2, but --network says vgg-s-4' \
  student.safetensors vgg-s-4 2
of_model 'must be a whole number from 0 to 9007199254740991' "$teacher" vgg-s-2 2 \
  --seed 9999999999999999999

printf 'GGUF\3\0\0\0%056d' 0 >model.gguf
of_model 'model.gguf: is not a safetensors file but GGUF' model.gguf vgg-s-2 2

# A place where no student can be written is refused before one is made.
touch occupied
refused 'occupied cannot be written: Not a directory' distill --teacher "$teacher" \
  --network vgg-s-2 --classes 2 --size 8 --channels 1 --set distiller.source=bank \
  --store never --out occupied/s.safetensors
! compgen -G 'never/*/*/*/manifest.json' || fail "something was computed that cannot be written"

# Work that was interrupted says what it is.
key=$(printf 'ab%.0s' {1..32})
mkdir -p "store/work/$key"
echo '{"label": "distill zskt", "done": 120, "total": 400}' >"store/work/$key/note.json"
"$dfkd" stage abababababab --store store >out.log || fail "stage: exit code $?"
grep -qx 'left unfinished: distill zskt, 120 of 400' out.log || fail "stage: $(cat out.log)"
rm -r "store/work/$key"

mv labels/1 labels/+other
refused "folder '0' would be label 1" distill --teacher "$teacher" --network vgg-s-2 --classes 2 \
  --size 8 --channels 1 --test=labels --out s.safetensors

# Who gets no student is told so, although a matrix would go on.
code=0
"$dfkd" distill --teacher "$teacher" --network vgg-s-2 --classes 2 --size 8 --channels 1 \
  --distiller ood_kd --defense none --set distiller.source=bank --set distiller.count=16 \
  --set distiller.rounds=2 --set distiller.batch_size=4 --set distiller.lr=1e30 \
  --store distilled --out diverged.safetensors >distill.log 2>&1 || code=$?
[ $code = 1 ] || fail "a student that diverged: exit code $code, $(cat distill.log)"
! grep -q 'not in the store' distill.log || fail "diverged: $(cat distill.log)"

# Bytes that are no text: one line before anything runs, or no matter at all.
cp b/pets/train/cat/1.pgm b/pets/train/cat/$'\xfc.pgm'
HOME=$PWD "$dfkd" plan second.json --store store >/dev/null 2>err.log ||
  fail "a picture in Latin-1: $(cat err.log)"
refused 'M\xfcll' plan second.json --store $'M\xfcll'
refused 'M\xfcll' distill --teacher t --network vgg-s-2 --classes 2 --out $'M\xfcll.safetensors'
for part in train test; do mv b/pets/$part/dog b/pets/$part/$'M\xfcll'; done
HOME=$PWD refused 'M\xfcll is not UTF-8' plan second.json --store fresh
mkdir $'\xfc'
(cd $'\xfc' && refused '\xfc/.dfkd/store is not UTF-8' plan smoke)

# What is quoted of a file cannot command the terminal.
sed 's/"mine"/"mine", "\\u001b[2J\\u202e": 1/' first.json >evil.json
refused '\x1b[2J\u202e' plan evil.json --store fresh
"$dfkd" validate evil.json >out.log 2>&1 && fail "an evil score is valid"
! grep -q $'\033' out.log || fail "an escape sequence is printed"
grep -qF '\x1b[2J\u202e' out.log || fail "the key is not shown: $(cat out.log)"

# Pipes and devices do not hang.
mkfifo pipe.safetensors
refused 'pipe.safetensors' distill --teacher pipe.safetensors --network vgg-s-2 --classes 2 \
  --out s.safetensors
refused 'is a device or a pipe' store export --store store --out pipe.safetensors
[ -p pipe.safetensors ] || fail "a pipe was replaced by a file"
refused 'is a device' distill --teacher /dev/zero --network vgg-s-2 --classes 2 --out s.safetensors

# In a profile of GPUs alone nothing is planned for a processor, however it comes; what a run
# elsewhere left is read. A task of a table that is begun on one is not blamed for it.
in_profile() {
  cat >"$1.json" <<JSON
{"schema": "matrix.v1", "name": "$1", "profile": "$1",
  "teacher": {"epochs": 1, "batch_size": 4}, "blocks": [{"defenses": ["none"],
  "datasets": [{"id": "few", "plugin": "shapes", "options": {"size": 8, "train": 100, "test": 20}}],
  "attacks": ["none"], "networks": [{"teacher": "vgg-s-2", "student": "vgg-s-2"}],
  "distillers": [{"id": "noise", "plugin": "noise_kd", "options": {"rounds": 2}}]}]}
JSON
}
in_profile tf32
in_profile auto
only="only GPUs compute in it, and stages would run on the device cpu; there it must be one of"
for verb in plan "plan --json" "plan --format hq --tasks none" run "run --engine inline" \
  "run --engine slurm" "run --device cpu,cuda" "run --device cuda,cpu" submit "submit --dry-run"; do
  # shellcheck disable=SC2086
  refused "profile 'tf32': $only" ${verb%% *} tf32.json ${verb#"${verb%% *}"} --store gpus
done
for verb in run submit; do
  refused "profile 'auto' (tf32, as there is a GPU as well): $only" $verb auto.json \
    --device cpu,cuda --store gpus
done
refused "profile 'tf32': $only" distill --teacher pipe.safetensors --network vgg-s-2 --classes 2 \
  --out s.safetensors --profile tf32
refused 'write it as plugin.option=value' plan auto.json --set profile=tf32 --store gpus
[ ! -e gpus ] && [ ! -e none ] || fail "what is refused leaves something: $(ls -d gpus none)"
"$dfkd" plan tf32.json --device cuda --store gpus >out.log 2>err.log || fail "$(cat err.log)"
"$dfkd" status tf32.json --store gpus >out.log 2>err.log || fail "status: $(cat err.log)"
"$dfkd" plan tf32.json --format tsv --tasks table --store gpus 2>err.log || fail "$(cat err.log)"
teacher=$(awk -F'\t' '$2 == "teacher" { print $1; exit }' table/tasks.tsv)
refused "profile 'tf32': $only" stage-run "$teacher" --tasks table
[ ! -e gpus/failures ] || fail "the teacher is blamed: $(find gpus/failures)"

# Without a home folder all works that needs no data folder.
unset DFKD_DATA
env -u HOME "$dfkd" plan smoke --store fresh >/dev/null 2>err.log || fail "no HOME: $(cat err.log)"
env -u HOME "$dfkd" doctor >out.log 2>err.log || fail "doctor without HOME: $(cat err.log)"
grep -q 'no data folder: give --data DIR or set DFKD_DATA or HOME' out.log ||
  fail "doctor: $(cat out.log)"
sed 's/pets", "size/&/; s/"image_folder", "options": {[^}]*}/"cifar10"/' first.json >cifar.json
(unset HOME; refused 'the data folder is unknown: give --data DIR or set DFKD_DATA or HOME' \
  plan cifar.json --store fresh)

# doctor looks at every file, as a run would.
mkdir -p half/cifar-10-batches-bin half/GTSRB
: >half/cifar-10-batches-bin/data_batch_1.bin
: >half/GTSRB/x.csv
"$dfkd" doctor --data half >out.log
! grep -E '(cifar10|gtsrb) +ok' out.log || fail "doctor passes over files: $(cat out.log)"
for i in 1 2 3 4 5; do truncate -s 30730000 half/cifar-10-batches-bin/data_batch_$i.bin; done
truncate -s 30729999 half/cifar-10-batches-bin/test_batch.bin
"$dfkd" doctor --data half | grep -q 'test_batch.bin: 30729999 bytes' ||
  fail "doctor takes a cut file"

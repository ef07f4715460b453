#!/usr/bin/env bash
# remote.sh DFKD SCRATCH: a store that others fetch from, over HTTP from this machine and as an
# archive: what is there is not computed again and scores say the same, what is wrong is refused and
# computed, what is down costs a warning.
set -euo pipefail
dfkd=$(readlink -f "$1") scratch=$2 here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "remote: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
scratch=$PWD
export DFKD_DATA=$scratch/data no_proxy=127.0.0.1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
chosen=(smoke --attacks blend --distillers ood_kd --defenses none,sr --jobs 1)
. "$here/serve.sh"
trap '[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null || true' EXIT

run() {  # run NAME ARGUMENTS: into a store and scores of that name
  local name=$1
  shift
  "$dfkd" run "${chosen[@]}" --store "$name" --out "$name-scores" "$@" >"$name.log" 2>&1 ||
    fail "$name: exit code $?: $(cat "$name.log")"
}
# Scores are equal but for where and when; costs are those of the computation.
same_scores() {  # same_scores NAME [--without-cost]
  /usr/bin/python3 - made-scores "$1-scores" "${2:-}" <<'PY' ||
import glob, json, os, sys

def scores(folder):
    found = {}
    for file in sorted(glob.glob(folder + "/*.json")):
        score = json.load(open(file, encoding="utf-8"))
        if "cell" in score:
            if sys.argv[3]:
                del score["cost"], score["provenance"]["created"]
            found[os.path.basename(file)] = score
    return found

made, other = scores(sys.argv[1]), scores(sys.argv[2])
sys.exit(0 if made and made == other else 1)
PY
    fail "$1: the scores differ: $(cat "$1.log")"
}
nothing_ran() { grep -q ' 0 stages ran' "$1.log" || fail "$1: $(cat "$1.log")"; }

run made
serve made
run fetched --remote "$address"
nothing_ran fetched
grep -q ' fetched$' fetched.log || fail "fetched: $(cat fetched.log)"
same_scores fetched
"$dfkd" store verify --store fetched 2>log || fail "verify: $(cat log)"
"$dfkd" stage "$("$dfkd" store ls --store fetched | head -n 1 | cut -d' ' -f1)" --store fetched >log
grep -q "\"fetched_from\": \"$address\"" log || fail "nothing says where it came from: $(cat log)"

# Two at once into one store: each artifact arrives once.
run twins --remote "$address" &
"$dfkd" run "${chosen[@]}" --store twins --out twins-scores2 --remote "$address" >twins2.log 2>&1 ||
  fail "$(cat twins2.log)"
wait $! || exit 1
same_scores twins
[ -z "$(grep -o '"key":"[0-9a-f]*"' twins/history.jsonl | sort | uniq -d)" ] ||
  fail "twins: fetched twice"

# What was fetched is handed on as it was made.
"$dfkd" push web --store fetched 2>log || fail "push: $(cat log)"
serve web
run again --remote http://127.0.0.1:9/nobody --remote "$address"
nothing_ran again
same_scores again
[ "$(grep -c 'warning.*127.0.0.1:9' again.log)" = 1 ] ||
  fail "a remote that is down: $(cat again.log)"

# One by one: by a bare key, by a score with all that it names; what nobody has is said.
"$dfkd" store ls --store made | cut -d" " -f1 | sort >refs
mapfile -t keys < <(cut -d/ -f2 refs)
"$dfkd" store fetch "${keys[@]}" --store by-key --remote "$address" >by-key.log 2>&1 ||
  fail "$(cat by-key.log)"
"$dfkd" store ls --store by-key | cut -d" " -f1 | sort | cmp - refs ||
  fail "by key: $(cat by-key.log)"
"$dfkd" store fetch "$(ls made-scores/*sr*.json | head -n 1)" --store by-score --remote "$address" \
  >log 2>&1 || fail "$(cat log)"
grep -q '^evaluate/' log || fail "by score: $(cat log)"
# Another artifact than the one that a score was read from is refused, and does not stay.
/usr/bin/python3 - "$(ls made-scores/*sr*.json | head -n 1)" other-score.json <<'PY'
import json, sys
score = json.load(open(sys.argv[1], encoding="utf-8"))
title = next(title for title in score["provenance"]["artifacts"] if title.startswith("evaluate "))
score["provenance"]["artifacts"][title] = "0" * 64
json.dump(score, open(sys.argv[2], "w", encoding="utf-8"))
print(score["provenance"]["stages"][title], file=open("refused-key", "w"))
PY
code=0
"$dfkd" store fetch other-score.json --store by-other --remote "$address" >out 2>log || code=$?
[ $code = 1 ] && grep -q "^evaluate/$(cat refused-key): refused: has .*, the scores say 000" log ||
  fail "another artifact than the score's: exit code $code: $(cat log)"
"$dfkd" store ls --store by-other | grep -q "$(cat refused-key)" && fail "what was refused stays"
code=0
"$dfkd" store fetch "$(printf '%064d' 0)" --store by-key --remote "$address" 2>log || code=$?
[ $code = 1 ] && grep -q '^no remote has 0000' log ||
  fail "a key of nobody: exit code $code: $(cat log)"
"$dfkd" store verify --store by-key 2>log || fail "by key: $(cat log)"
# Every verb that computes asks first.
"$dfkd" plan "${chosen[@]:0:7}" --store by-task --format tsv --tasks tasks 2>log ||
  fail "$(cat log)"
tail -n +2 tasks/tasks.tsv | cut -f1 | while read -r key; do
  "$dfkd" stage-run "$key" --tasks tasks --remote "$address" 2>log || fail "stage-run: $(cat log)"
done
"$dfkd" store ls --store by-task | cut -d" " -f1 | sort | cmp - refs ||
  fail "stage-run computed or left out something"
grep -L fetched_from by-task/*/*/*/manifest.json | grep . && fail "stage-run computed something"

distill() {  # distill NAME ARGUMENTS: into a store of that name
  "$dfkd" distill --teacher "$(ls made/teacher/*/*/model.safetensors | head -n 1)" \
    --network vgg-s-8 --classes 10 --channels 1 --size 16 --distiller ood_kd --defense none \
    --set distiller.source=bank --set distiller.count=64 --set distiller.rounds=4 \
    --set distiller.batch_size=16 --out "$1.safetensors" --store "$1" "${@:2}" 2>"$1.log" ||
    fail "$1: $(cat "$1.log")"
}
distill distilled
serve distilled
distill distilled-again --remote "$address"
grep -L fetched_from distilled-again/*/*/*/manifest.json | grep . &&
  fail "distill computed something"
cmp distilled.safetensors distilled-again.safetensors || fail "another student was fetched"

# A liar: one warning for each lie, the rest is as computed.
mkfifo hold
/usr/bin/python3 "$here/io/http_server.py" . 2000 >port <hold &
servers+=($!)
exec 9>hold
until [ -s port ]; do sleep 0.05; done
run lied --remote "http://127.0.0.1:$(cat port)/altered@model.safetensors/web"
same_scores lied --without-cost
grep -q 'refused: http.*/model.safetensors: has SHA-256 [0-9a-f]*, expected is ' lied.log ||
  fail "lied: $(cat lied.log)"
"$dfkd" store verify --store lied 2>log || fail "lied: $(cat log)"
exec 9>&-

# As an archive: of one cell with all that it was made from, then of everything.
cell=$(basename "$(ls made-scores/*sr*.json | head -n 1)" .json)
"$dfkd" store export "made-scores/$cell.json" --store made --out cell.tar 2>log ||
  fail "export: $(cat log)"
mkdir -p .dfkd/scores
cp -r made-scores .dfkd/scores/made
"$dfkd" store export "made/$cell" --store made --out by-name.tar 2>log || fail "export: $(cat log)"
cmp cell.tar by-name.tar || fail "a cell is not what its score names"
"$dfkd" store export --store made --out made.tar 2>log || fail "export: $(cat log)"
"$dfkd" store export --store fetched --out fetched.tar 2>log || fail "export: $(cat log)"
cmp made.tar fetched.tar || fail "the same artifacts give other bytes"
"$dfkd" store import cell.tar --store archived 2>log || fail "import: $(cat log)"
"$dfkd" store import made.tar --store archived 2>log || fail "import: $(cat log)"
run archived
nothing_ran archived
same_scores archived

refused() {  # refused TEXT ARGUMENTS
  local code=0 text=$1
  shift
  "$dfkd" "$@" >out.log 2>err.log || code=$?
  [ "$code" = 2 ] || fail "dfkd $*: exit code $code: $(cat err.log)"
  grep -qF -- "$text" err.log || fail "dfkd $*: says '$(cat err.log)', not '$text'"
}
head -c 100000 made.tar >cut.tar
refused 'cut.tar' store import cut.tar --store refused
refused 'needs --out' store export --store made
refused 'needs an archive' store import --store made
refused 'needs --remote' store fetch "$(printf '%064d' 0)" --store made
refused '64 lower-case' store fetch nonsense --store made --remote "$address"
refused 'takes no --remote' store ls --store made --remote "$address"
refused 'has none' store export 00000000 --store made --out x.tar
refused 'must start with https://' run "${chosen[@]}" --remote http://example.org/store
echo sesame >token
chmod 644 token
refused 'others may read it' run "${chosen[@]}" --remote https://example.org --remote-token token
refused 'at most one each' run "${chosen[@]}" --remote-token token
[ ! -e refused/teacher ] || fail "something of a cut archive was imported"

# A certificate that nobody vouches for.
if command -v openssl >/dev/null; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1
  /usr/bin/python3 - web >tls-port <<'PY' &
import functools, http.server, ssl, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
  servers+=($!)
  until [ -s tls-port ]; do sleep 0.05; done
  run unknown --remote "https://localhost:$(cat tls-port)"
  grep -q ' 0 stages ran' unknown.log &&
    fail "a certificate of nobody was believed: $(cat unknown.log)"
  grep -qi 'certificate' unknown.log || fail "unknown: $(cat unknown.log)"
fi
echo "ok"

#!/usr/bin/env bash
# readme.sh DFKD [--write]: README.md must list what is registered, no plugin that is not, and each
# as it is (a row of a plugin's folder that joined since may wait for the next night, which writes
# it), and say and show of the results in leaderboard/results what the leaderboard does; --write
# makes it so. What it says is proven is tried on made-up standings first, and its table on made-up
# plugins. READMEs of plugins must say which revision their numbers on generated shapes are of.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
/usr/bin/python3 - <<'PY'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "tests")
from readme import sentence, wrong_evidence

def row(defense, asr, rank, control=False, collapsed=0):
    return {"defense": defense, "asr": {"mean": asr}, "rank": rank, "control": control,
            "reference": control, "collapsed": collapsed}

def pair(a, b, mean, holm):
    return {"a": a, "b": b, "difference": {"mean": mean}, "holm": holm}

rows = [row("abd", 0.2, 1), row("sv", 0.3, 1), row("clp", 0.1, None, collapsed=1),
        row("ft", 0.4, None), row("none", 0.8, None, control=True)]

def told(*pairs, resolution=0.4):
    return sentence({"shared": 9, "planned": 9, "resolution": resolution, "pairs": pairs}, rows)

nobody = "No defence is proven to have a lower mean ASR than none. Lowest mean ASR of those"
assert nobody in told(pair("abd", "none", -0.6, 0.05), pair("none", "sv", 0.5, None)), told()
assert nobody in told(pair("none", "abd", -0.6, 0.01)), "no defence is proven to be lower"
assert nobody in told(pair("clp", "none", -0.7, 0.01)), "a student that collapsed"
assert nobody in told(pair("abd", "sv", -0.1, 0.01)), "lower than another defence"
proven = told(pair("none", "sv", 0.5, 0.01))
assert "Proven to have a lower mean ASR than no defence: `sv`; not proven: `abd`." in proven, proven
assert "a difference of 40.0 points is found four times in five between a pair of" in proven, proven
weak = told(resolution=1.346)
assert "no difference is found four times in five" in weak and "134.6" not in weak, weak
# Who has another rank, but is not told apart from the first; who shares it, but is; who collapsed.
rows = [row("abd", 0.2, 1), row("sv", 0.3, 1), row("sr", 0.31, 2), row("ft", 0.32, None),
        row("clp", 0.1, None, collapsed=1), row("few", 0.33, None), row("low", 0.15, None),
        row("none", 0.8, None, control=True)]
apart = told(pair("abd", "sv", -0.1, 0.01), pair("sr", "abd", 0.11, 0.2),
             pair("abd", "ft", -0.12, None), pair("abd", "clp", 0.1, 0.9),
             pair("low", "abd", -0.05, 0.01), pair("abd", "none", -0.6, 0.2))
assert "%; not told apart from it: `sr`, `ft`; without" in apart, apart
assert "With these seeds" not in told(resolution=None)
rows = [one for one in rows if not one["control"]]
assert told().startswith(" Lowest mean ASR of those with a rank: `abd`"), told()

def measured(said, revision):
    return wrong_evidence(f"# it\n\n## On generated shapes\n\n| 1 |\n\n{said}\n", revision)

assert not wrong_evidence("# no numbers\n", 2)
assert not measured("", 1)
assert measured("", 2) == "Measured with revision …; today's is 2."
assert not measured("Measured with revision 2.", 2)
assert measured("Measured with revision 2.", 3) == "Measured with revision 2; today's is 3."
assert not measured("Measured with revision 1; today's is 3.", 3)
assert measured("Measured with revision 1; today's is 2.", 3), "of another day"
assert measured("Measured with revision 4; today's is 3.", 3), "not yet"
PY
# A pull request brings a folder and nothing else: its row may be missing, others may not be wrong.
mkdir "$scratch/tree"
table() {  # table [--write]: of the plugins in kinds
  (cd "$scratch/tree" && /usr/bin/python3 "$OLDPWD/tests/readme.py" . "$@" 2>err)
}
plugins() {  # plugins <kind name summary>…
  printf '%s\n' "$@" | /usr/bin/python3 -c 'import json, sys
rows = [line.split(" ", 2) for line in sys.stdin.read().splitlines()]
print(json.dumps([dict(zip(("kind", "name", "summary"), row), revision=1) for row in rows]))' \
    >"$scratch/tree/plugins.json"
}
writes() {
  { table --write && table && [ ! -s "$scratch/tree/err" ]; } && return
  echo "readme: refuses what it wrote" >&2
  exit 1
}
fails() { ! table || { echo "readme: accepts $1" >&2; exit 1; }; }
for part in registered results; do
  printf '%s\n' "<!-- $part: written by tests/readme.sh -->" "<!-- end of $part -->"
done >"$scratch/tree/README.md"
plugins 'attack blend a picture' 'attack none control' 'defense none control' 'network vgg VGG'
fails 'a README without the networks'
writes
cp "$scratch/tree/README.md" "$scratch/before"
plugins 'attack abc the first of its kind' 'attack blend a picture' 'attack none control' \
  'defense none control' 'network vgg VGG'
table || { echo "readme: a new folder alone: $(cat "$scratch/tree/err")" >&2; exit 1; }
grep -qF 'no row yet for [`abc`](attacks/abc); the next night' "$scratch/tree/err"
cmp "$scratch/tree/README.md" "$scratch/before"
writes
grep -qxF '| attack | [`abc`](attacks/abc) | the first of its kind |' "$scratch/tree/README.md"
grep -qxF '|  | [`blend`](attacks/blend) | a picture |' "$scratch/tree/README.md"
plugins 'attack abc another summary' 'attack blend a picture' 'attack none control' \
  'attack new joins' 'defense none control' 'network vgg VGG'
fails 'a row that says something else, beside a new folder'
plugins 'attack abc the first of its kind' 'attack blend a picture' 'attack none control' \
  'network vgg VGG'
fails 'a row of what is not registered'
plugins 'attack abc the first of its kind' 'attack blend a picture' 'attack none control' \
  'defense none control' 'network vgg VGG' 'network wrn WRN'
fails 'a network without a row'

"$1" list --json >"$scratch/plugins.json"
if ls leaderboard/results/*/*.jsonl >/dev/null 2>&1; then
  "$1" site --results leaderboard/results --out "$scratch/site" >/dev/null
fi
/usr/bin/python3 tests/readme.py "$scratch" "${@:2}"

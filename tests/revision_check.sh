#!/usr/bin/env bash
# revision_check.sh DFKD [COMMIT]: runs the smoke matrix with DFKD (built from this tree) and with
# COMMIT (default: the parent of HEAD) and fails where an artifact has other bits under the same
# key: results changed and no revision says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. bench/packages.sh
[ $# -ge 1 ] || die "usage: revision_check.sh DFKD [COMMIT]"
dfkd=$(realpath "$1") parent=$(git rev-parse --verify --quiet "${2:-HEAD^}^{commit}") ||
  die "no commit '${2:-HEAD^}' in this clone (a shallow one? git fetch --deepen 1)"

scratch=$(mktemp -d "$PWD/build-revision-XXXXXX")  # a build takes more room than many a /tmp has
trap 'git worktree remove --force "$scratch/tree" 2>/dev/null; rm -rf "$scratch"' EXIT
git worktree add --quiet --detach "$scratch/tree" "$parent"
mapfile -t torch < <(torch_arguments)
if ! (cmake -G Ninja -S "$scratch/tree" -B "$scratch/build" -DCMAKE_BUILD_TYPE=Release \
  -DDFKD_TESTS=OFF -DDFKD_PERF=OFF "${torch[@]}" &&
  cmake --build "$scratch/build" -j "$(build_jobs)") >"$scratch/log" 2>&1; then
  tail -n 15 "$scratch/log" >&2
  die "${parent:0:12} does not build"
fi
for side in before after; do
  program=$dfkd
  [ $side = after ] || program=$scratch/build/dfkd
  "$program" run smoke --store "$scratch/$side" --out "$scratch/scores-$side" \
    >"$scratch/log" 2>&1 || {
    tail -n 15 "$scratch/log" >&2
    die "dfkd run smoke failed $side the change"
  }
done

/usr/bin/python3 - "$scratch" <<'PY'
import json, os, sys

scratch = sys.argv[1]

def scores(side):
    folder = f"{scratch}/scores-{side}"
    return {name: json.load(open(f"{folder}/{name}", encoding="utf-8"))
            for name in sorted(os.listdir(folder)) if name.endswith(".json")
            and name != "matrix.json"}

before, after = scores("before"), scores("after")
moved, same, renamed = [], 0, 0
for name in sorted(before.keys() & after.keys()):
    old, new = before[name]["provenance"], after[name]["provenance"]
    for title, digest in new["artifacts"].items():
        if title not in old["artifacts"]:
            continue
        if old["stages"].get(title) != new["stages"].get(title):
            renamed += 1  # another revision, option or format: a declared change
        elif old["artifacts"][title] != digest:
            moved.append(f"{name}: {title} ({new['stages'].get(title)})")
        else:
            same += 1
print(f"revisions: {same} artifacts equal, {renamed} under another key, {len(moved)} moved",
      file=sys.stderr)
if moved:
    sys.exit("Results changed and no revision did; bump the revision of the plugin or stage:\n  "
             + "\n  ".join(moved))
PY

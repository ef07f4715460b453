"""Writes report.md and report.json of a night: what was computed, what still waits, what failed,
and which results have moved, by how much and since which commit. Exits with 3 if any have, else
with 4 if something failed, else with 130 if the night was stopped."""
import argparse
import functools
import json
import os
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


def told(error):
    return f"unknown: {' '.join(str(error).split()) or type(error).__name__}"


@functools.lru_cache(maxsize=None)
def first_bad_of_plugin(folder, was, source):
    """The commit after the last one in which the plugin's code was what the earlier result was
    computed by."""
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        return None
    after = None
    for commit in lines(git(folder, "log", f"-{MOST_COMMITS}", "--format=%H", "--", ".")):
        if code_hash(folder, commit, source) == was:
            return named(folder, after) if after else "not committed"
        after = commit
    return None


@functools.lru_cache(maxsize=None)
def first_bad_of_tree(commit, source):
    """Of what a build compiles, if one commit since the earlier result touched it; else how many
    did."""
    then = commit.removesuffix("-dirty")
    commits = lines(git(source, "log", "--format=%H", f"{then}..HEAD", "--", "bench", "attacks",
                        "methods", "datasets"))
    if not then or not commits:
        return "unknown: no commit since has touched the code"
    if len(commits) == 1:
        return named(source, commits[0])
    return f"one of {len(commits)} commits, {then[:9]}..{commits[0][:9]}"


def blame(moved, source):
    """Of each plugin whose code has changed, or else of the tree. No git here, no cmake, another
    history: that results have moved is told all the same."""
    found = {}
    for change in moved["changed"]:
        try:
            found[change["plugin"]] = first_bad_of_plugin(change["folder"], change["was"], source)
        except Exception as error:
            found[change["plugin"]] = told(error)
    if any(found.values()):
        return "; ".join(f"{plugin}: {commit or 'unknown: not in its history'}"
                         for plugin, commit in found.items())
    try:
        return first_bad_of_tree(moved["commit"], source)
    except Exception as error:
        return told(error)


def by_entry(all_moved):
    """Of each entry how many cells have moved, by how many points at most, and since when."""
    entries = {}
    for moved in all_moved:
        entry = entries.setdefault((moved["matrix"], moved["entry"]), {
            "matrix": moved["matrix"], "entry": moved["entry"], "cells": 0, "acc": None,
            "asr": None, "otherwise": 0, "first_bad_commits": []})
        entry["cells"] += 1
        rates = {rate: moved.get(rate) for rate in ("acc", "asr")}
        entry["otherwise"] += not any(rates.values())
        for rate, points in rates.items():
            if points is not None and abs(points) >= abs(entry[rate] or 0):
                entry[rate] = points
        if moved["first_bad_commit"] not in entry["first_bad_commits"]:
            entry["first_bad_commits"].append(moved["first_bad_commit"])
    return list(entries.values())


def table_of(work, name, columns):
    """What the script wrote down, each line once."""
    file = work / "tonight" / name
    text = file.read_text(errors="replace") if file.exists() else ""
    rows = dict.fromkeys(text.split("\n")[:-1])
    return [dict(zip(columns, row.split("\t", len(columns) - 1))) for row in rows]


def collect(work, source):
    night = {"added": [], "same": [], "promoted": [], "moved": [],
             "errors": table_of(work, "errors", ("what", "code", "line")),
             "not_rechecked": table_of(work, "unchecked", ("matrix", "cell", "then")),
             "stopped": (work / "tonight" / "stopped").exists()}
    for file in sorted((work / "tonight").glob("*.json")):
        try:
            said = json.loads(file.read_text())
        except ValueError as error:
            night["errors"].append({"what": file.name, "code": "-", "line": str(error)})
            continue
        for name in ("added", "same", "promoted"):
            night[name] += said.get(name, [])
        for moved in said["moved"]:
            moved["matrix"] = said.get("matrix", "")
            moved["keys"] = "new" if "added" in said else "same"
            moved["first_bad_commit"] = blame(moved, source)
            night["moved"].append(moved)
    night["entries_moved"] = by_entry(night["moved"])
    waiting = [line.split("\t") for line in lines((work / "waiting").read_bytes())]
    night["waiting"] = [entry for since, *entry in waiting if since != "failed"]
    night["failed"] = [entry for since, *entry in waiting if since == "failed"]
    return night


def cell(text):
    printable = "".join(c if c.isprintable() else " " for c in str(text))
    return printable.replace("|", "\\|")


def table(head, rows):
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head),
            *(f"| {' | '.join(map(cell, row))} |" for row in rows), ""]


def size(entry):
    """Its largest moves."""
    parts = [f"{rate.upper()} {entry[rate]:+.2f}" for rate in ("acc", "asr") if entry[rate]]
    if entry["otherwise"]:
        parts.append(f"{entry['otherwise']} in other ways")
    return ", ".join(parts)


def markdown_of_moved(night):
    return ["## Moved", "", "Each entry with its largest moves in points:", "",
            *table(("matrix", "entry", "cells", "by at most", "first bad commit"),
                   [(e["matrix"], e["entry"], e["cells"], size(e),
                     "; or ".join(e["first_bad_commits"])) for e in night["entries_moved"]]),
            "`same` keys: nothing that a result is keyed by has changed, so something is "
            "wrong, or a revision was not raised. `new` keys: the results are other ones by "
            "intent; see whether by this much.", "",
            *table(("entry", "cell", "what", "keys", "first bad commit"),
                   [(m["entry"], m["cell"], m["how"], m["keys"], m["first_bad_commit"])
                    for m in night["moved"]])]


def markdown(night, matrices):
    text = [f"# Nightly run of {', '.join(matrices)}", ""]
    text += [f"Results added: {len(night['added'])}. Computed once more with the same outcome: "
             f"{len(night['same'])}. Moved: {len(night['moved'])}. Entries that still wait: "
             f"{len(night['waiting'])}. Entries with failed cells: {len(night['failed'])}.", ""]
    if night["stopped"]:
        text += ["A signal stopped it before its time.", ""]
    if night["errors"]:
        text += ["## Could not be done", "",
                 *table(("what", "exit code", "last line"),
                        [(e["what"], e["code"], e["line"]) for e in night["errors"]])]
    if night["moved"]:
        text += markdown_of_moved(night)
    if night["not_rechecked"]:
        text += ["## No time to compute once more", "",
                 *table(("matrix", "cell", "then"),
                        [(c["matrix"], c["cell"], c["then"]) for c in night["not_rechecked"]])]
    for title, entries in (("Waiting", night["waiting"]), ("Failed", night["failed"])):
        if entries:
            text += [f"## {title}", "", *(f"* {matrix}: {entry}" for matrix, entry in entries), ""]
    return "\n".join(text)


def write(file, text):
    """Whole or not at all."""
    part = file.with_name(file.name + ".part")
    part.write_text(text)
    os.replace(part, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--matrices", nargs="+", required=True)
    flags = parser.parse_args()
    night = collect(flags.work, flags.source)
    write(flags.work / "report.json", json.dumps(night, indent=1, sort_keys=True) + "\n")
    report = markdown(night, flags.matrices)
    write(flags.work / "report.md", report)
    print(report, file=sys.stderr)
    sys.exit(3 if night["moved"] else 4 if night["errors"] else 130 if night["stopped"] else 0)


main()

#!/usr/bin/env python3
"""json_members.py JSON_MD VERB FILE: fails if the JSON in FILE has a member that the section of
docs/json.md on the verb does not name. Its tables name members by paths: `cells[].id`,
`cells.<cell>.state`, `options.…`; <x> is any name, … whatever is below.
"""
import json
import pathlib
import re
import sys

ANY, ITEM, REST = "<>", "[]", "…"


def section(page, verb):
    found = re.search(rf"^## dfkd {re.escape(verb)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    if not found:
        sys.exit(f"docs/json.md has no section '## dfkd {verb}'")
    return found.group(1)


def steps(path):
    """'a.<b>[].c' -> ['a', ANY, ITEM, 'c']"""
    names = []
    for step in path.split("."):
        name = step.rstrip("[]")
        if name:
            names.append(ANY if name.startswith("<") else name)
        names += [ITEM] * step.count(ITEM)
    return names


def tree(text):
    """Of all members that the first columns of the tables name."""
    root = {}
    for row in re.findall(r"^\| (`.*?) \|", text, re.M):
        for path in re.findall(r"`([^`]+)`", row):
            node = root
            for step in steps(path):
                node = node.setdefault(step, {})
    return root


def unnamed(value, node, path):
    if REST in node:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            inside = f"{path}.{name}"
            may_be = [node[step] for step in (name, ANY) if step in node]
            found = [list(unnamed(inner, below, inside)) for below in may_be]
            yield from min(found, key=len, default=[inside.lstrip(".")])
    elif isinstance(value, list) and value:
        if ITEM not in node:
            yield f"{path}[]".lstrip(".")
            return
        for inner in value:
            yield from unnamed(inner, node[ITEM], f"{path}[]")


def main():
    page, verb, file = sys.argv[1:]
    named = tree(section(pathlib.Path(page).read_text(encoding="utf-8"), verb))
    value = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    problems = sorted(set(unnamed(value, named, "")))
    sys.exit("\n".join(f"dfkd {verb} --json: docs/json.md does not name {name}"
                       for name in problems) or 0)


if __name__ == "__main__":
    main()

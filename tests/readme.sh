#!/usr/bin/env bash
# readme_table.sh DFKD [--write]: README.md must list exactly what is registered; --write makes it
# so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
/usr/bin/python3 - "${2:-}" <("$1" list --json) <<'PY'
import json, sys

plugins = json.load(open(sys.argv[2], encoding="utf-8"))
titles = {"dataset": "data set", "attack": "attack", "distiller": "distiller", "defense": "defence",
          "network": "network"}
folders = {"dataset": "datasets", "attack": "attacks", "distiller": "methods/distillation",
           "defense": "methods/defenses"}
rows = ["| | name | |", "|---|---|---|"]
last = None
for plugin in plugins:
    kind, name = plugin["kind"], plugin["name"]
    name, _, note = name.partition(" ")
    label = f"[`{name}`]({folders[kind]}/{name})" if kind in folders else f"`{name}`"
    rows.append(
        f"| {titles[kind] if kind != last else ''} | {label} | {plugin.get('summary', note)} |")
    last = kind
table = "\n".join(rows) + "\n"

begin, end = "<!-- registered: written by tests/readme_table.sh -->\n", "<!-- end of registered -->"
text = open("README.md", encoding="utf-8").read()
head, rest = text.split(begin)
old, tail = rest.split(end)
if sys.argv[1] == "--write":
    open("README.md", "w", encoding="utf-8").write(head + begin + table + end + tail)
elif old != table:
    sys.exit("README.md does not list what is registered; run: bash tests/readme_table.sh "
             "build/dfkd --write")
PY

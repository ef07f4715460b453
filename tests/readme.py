"""readme.py FOLDER [--write]: what is generated of README.md and its pictures, docs/results_*.svg,
from FOLDER/plugins.json (dfkd list --json) and FOLDER/site (the leaderboard; none: no results).
READMEs of plugins must say with which revision their numbers were measured. A plugin's folder comes
alone: that its row is not there yet is told and no error, the next night writes it."""
import json
import pathlib
import re
import sys

README = pathlib.Path("README.md")
RESULTS = pathlib.Path("leaderboard/results")
TITLES = {"dataset": "data set", "attack": "attack", "distiller": "distiller",
          "defense": "defence", "detector": "detector", "network": "network"}
FOLDERS = {"dataset": "datasets", "attack": "attacks", "distiller": "methods/distillation",
           "defense": "methods/defenses", "detector": "methods/detectors"}


def label_of(plugin):
    kind, name = plugin["kind"], plugin["name"].partition(" ")[0]
    return f"[`{name}`]({FOLDERS[kind]}/{name})" if kind in FOLDERS else f"`{name}`"


def without_row(plugins, text):
    """The plugins with a folder of which the table in the README has no row."""
    return [plugin for plugin in plugins
            if plugin["kind"] in FOLDERS and f" | {label_of(plugin)} | " not in text]


def registered(plugins):
    rows = ["| | name | |", "|---|---|---|"]
    last = None
    for plugin in plugins:
        kind, note = plugin["kind"], plugin["name"].partition(" ")[2]
        rows.append(f"| {TITLES[kind] if kind != last else ''} | {label_of(plugin)} | "
                    f"{plugin.get('summary', note)} |")
        last = kind
    return "\n".join(rows) + "\n"


EVIDENCE = "\n## On generated shapes\n"


def wrong_evidence(text, revision):
    """What a plugin's README should say of the revision behind its numbers, "" if it does: nothing
    where there is one, and otherwise both if that is another than today's."""
    _, heading, evidence = text.partition(EVIDENCE)
    if not heading:
        return ""
    said = re.search(r"Measured with revision (\d+)(?:; today's is (\d+))?\.", evidence)
    if not said:
        return "" if revision == 1 else f"Measured with revision …; today's is {revision}."
    measured, today = int(said[1]), int(said[2] or said[1])
    if measured <= today == revision and (not said[2] or measured < today):
        return ""
    return f"Measured with revision {measured}; today's is {revision}."


def evidence(plugins):
    """A line for each README that is wrong there."""
    wrong = []
    for plugin in plugins:
        if plugin["kind"] not in FOLDERS:
            continue
        path = pathlib.Path(FOLDERS[plugin["kind"]]) / plugin["name"] / "README.md"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        line = wrong_evidence(text, plugin["revision"])
        if line:
            wrong.append(f"{path}: must say: {line}")
    return wrong


def percent(value):
    return f"{100 * value:.1f}"


def with_range(text, ends, form):
    return text if not ends else f"{text} ({form(ends[0])}–{form(ends[1])})"


def rank_of(row):
    if row["rank_apart"]:
        return f"({row['rank_apart']})"
    ends = row["rank_interval"]
    if not row["rank"]:
        return "–"
    return with_range(str(row["rank"]), ends if ends and ends[0] != ends[1] else None, str)


def line_of(row):
    asr, worst, seconds = row["asr"], row["worst"], row["seconds"]
    return (f"| `{row['defense']}` | {rank_of(row)} | {percent(row['acc']['mean'])} | "
            + (with_range(percent(asr["mean"]), asr["interval"], percent) if asr else "–") + " | "
            + (f"{percent(worst['asr'])} `{worst['attack']}`" if worst else "–") + " | "
            + (f"{seconds:.0f}" if seconds else "–") + " |")


LEVEL = 0.05  # as ProvenLower of leaderboard/standings has it


def proven_lower(group, a, b):
    """Whether the mean ASR of defence a is proven to be below that of b, over all tested pairs."""
    for pair in group["pairs"]:
        if pair["holm"] is None or pair["holm"] >= LEVEL:
            continue
        lower = (pair["a"], pair["b"])
        if pair["difference"]["mean"] >= 0:
            lower = lower[::-1]
        if lower == (a, b):
            return True
    return False


def not_told_apart(group, rows, first):
    """Those compared with the first of which neither is proven lower: a rank of its own may come
    from somebody between the two. Who collapsed is compared with nobody."""
    paired = {name for pair in group["pairs"] for name in (pair["a"], pair["b"])
              if first["defense"] in (pair["a"], pair["b"])}
    others = [row for row in rows if row["defense"] in paired and row is not first
              and not row["control"] and not row["reference"] and row["collapsed"] == 0]
    return [row for row in others if not proven_lower(group, first["defense"], row["defense"])
            and not proven_lower(group, row["defense"], first["defense"])]


def names(rows):
    return ", ".join(f"`{row['defense']}`" for row in rows)


def against_none(group, rows, control):
    """What is proven of those that did not collapse, as in the headline of the pages."""
    others = [row for row in rows
              if not row["control"] and not row["reference"] and row["collapsed"] == 0]
    proven = [row for row in others if proven_lower(group, row["defense"], control["defense"])]
    if not proven:
        return " No defence is proven to have a lower mean ASR than none."
    rest = [row for row in others if row["rank"] and row not in proven]
    return (f" Proven to have a lower mean ASR than no defence: {names(proven)}"
            + (f"; not proven: {names(rest)}" if rest else "") + ".")


def sentence(group, rows):
    """Who is first, by how much, what of that is proven, and how far it is from all that is
    planned."""
    text = ""
    if group["shared"] < group["planned"]:
        text = (f" Not finished: of {group['planned']} attacked cells {group['shared']} are there "
                "for all of these defences, and over those the numbers are.")
    control = next((row for row in rows if row["control"] and row["asr"]), None)
    first = [row for row in rows if row["rank"] == 1]
    if first:
        if control:
            text += against_none(group, rows, control)
        others = names(not_told_apart(group, rows, first[0]))
        text += (f" Lowest mean ASR of those with a rank: `{first[0]['defense']}`, "
                 f"{percent(first[0]['asr']['mean'])} %"
                 + (f"; not told apart from it: {others}" if others else "")
                 + (f"; without a defence {percent(control['asr']['mean'])} %" if control else "")
                 + ".")
    if first and group["resolution"] is not None:
        found = (f"a difference of {percent(group['resolution'])} points"
                 if group["resolution"] <= 1 else "no difference")
        text += (f" With these seeds, {found} is found four times in five between a pair of median "
                 "spread.")
    return text


def style():
    """The colours and lines of charts, as on the pages."""
    sheet = pathlib.Path("leaderboard/site/style.css").read_text(encoding="utf-8")
    colours = re.findall(r"^:root \{.*?^\}|^@media \(prefers-color-scheme: dark\) \{.*?^\}", sheet,
                         re.DOTALL | re.MULTILINE)
    rules = re.findall(r"^\.(?:chart|grid|line|mark|single)\b[^\n]*\}$", sheet, re.MULTILINE)
    return "\n".join(["svg.chart { border: 0; font-family: sans-serif; }"] + colours + rules)


def drawing(site, group, number):
    """ACC over ASR, as a file of its own."""
    page = (site / "matrices" / f"{group['matrix']}.html").read_text(encoding="utf-8")
    found = re.search(rf'<svg class="chart"[^>]*aria-labelledby="g{number}p-t .*?</svg>', page,
                      re.DOTALL)
    return found and found.group(0).replace(
        '<svg class="chart"', '<svg xmlns="http://www.w3.org/2000/svg" class="chart"', 1).replace(
        "</desc>", f"</desc><style>\n{style()}\n</style>", 1) + "\n"


def table(group, rows):
    attacks = max(row["asr"]["attacks"] if row["asr"] else 0 for row in rows)
    device = "/".join(sorted({row["device"] for row in rows if row["device"]}))
    return (f"**`{group['matrix']}`, {group['distiller']}** on {group['dataset']}, "
            f"{group['teacher_network']} to {group['student_network']}, track `{group['track']}`; "
            f"attacks that pass the gate and transfer: {attacks}, teacher seeds: "
            f"{group['teachers']}."
            + sentence(group, rows) + "\n\n"
            f"| defence | rank | ACC | mean ASR | worst attack | {device}-s |\n"
            "|---|--:|--:|--:|--:|--:|\n" + "\n".join(map(line_of, rows)) + "\n")


def results(site):
    """The text, and the pictures by their path: for each data set, pair of networks, distiller."""
    parts, pictures, numbers = [], {}, {}
    groups = json.loads((site / "standings.json").read_text()) if site.exists() else []
    for group in groups:
        number = numbers[group["matrix"]] = numbers.get(group["matrix"], -1) + 1
        matrix = json.loads((RESULTS / group["matrix"] / "matrix.json").read_text())
        rows = [row for row in group["rows"] if row["acc"]]
        if matrix.get("demonstration") or not rows:
            continue
        parts.append(table(group, rows))
        picture = drawing(site, group, number)
        if picture:
            path = f"docs/results_{group['matrix']}_{number}.svg"
            pictures[path] = picture
            parts.append(f"![ACC over ASR, {group['distiller']}]({path})\n")
    return "\n".join(parts) or "No results yet.\n", pictures


def replaced(text, name, block):
    begin, end = f"<!-- {name}: written by tests/readme.sh -->\n", f"<!-- end of {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if len(pattern.findall(text)) != 1:
        sys.exit(f"README.md: the comments around '{name}' must be there once")
    return pattern.sub(lambda _: begin + block + end, text)


def main():
    folder = pathlib.Path(sys.argv[1])
    plugins = json.loads((folder / "plugins.json").read_text())
    wrong = evidence(plugins)
    if wrong:
        sys.exit("\n".join(wrong))
    text, pictures = results(folder / "site")
    old = README.read_text(encoding="utf-8")
    writes = sys.argv[2:] == ["--write"]
    waiting = [] if writes else without_row(plugins, old)
    listed = [plugin for plugin in plugins if plugin not in waiting]
    new = replaced(old, "registered", registered(listed))
    files = {"README.md": replaced(new, "results", text), **pictures}
    stray = {str(path) for path in pathlib.Path("docs").glob("results_*.svg")} - files.keys()
    if writes:
        for path in stray:
            pathlib.Path(path).unlink()
        for path, content in files.items():
            pathlib.Path(path).write_text(content, encoding="utf-8")
        return
    current = [path for path, content in files.items() if pathlib.Path(path).exists()
               and pathlib.Path(path).read_text(encoding="utf-8") == content]
    other = sorted(stray | files.keys() - set(current))
    if other:
        sys.exit(f"{', '.join(other)}: not what is registered and what the results are; run: "
                 "bash tests/readme.sh build/dfkd --write")
    if waiting:
        print(f"README.md: no row yet for {', '.join(map(label_of, waiting))}; the next night "
              "writes it, or: bash tests/readme.sh build/dfkd --write", file=sys.stderr)


if __name__ == "__main__":
    main()

"""report OUT NAME KIND: report.md and report.json of a submission, from what its checks left. Exit
code: 0 nothing was found, 1 a check failed, 3 none did, but somebody has to look (`flags`).
kind NAME KNOWN LISTED: the kind of the plugin that LISTED has and KNOWN has not, and all else that
it registers; both are of `dfkd list --json`.
target FOLDER WORD: the class that attacks aim at in the drawn cells, from the files and the word.
plain: standard input, as lines that a terminal and a workflow only show.
toy KIND NAME SOURCE TARGET: a tiny matrix with the plugin, beside the undefended student and ABD,
on standard output; of a defence or a distiller also cells whose attack aims at TARGET."""
import hashlib
import html
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # the tree is only read

from submission_flags import flags_of, toy_attack

CHECKS = ["text", "build", "symbols", "conforms", "holds", "runs", "quick", "drawn"]
ALLOWED_LINES, ALLOWED_COLUMNS = 40, 400  # of a check that failed
CLASSES = 10  # of the toy images and of those of `quick`
# Costs are of seconds on toy images: only ratios, and only large ones, mean anything.
NOTE = ("Toy images and seconds of training: these numbers say that it runs and what it costs, not "
        "that it is good.")


def plain_line(line):
    """What a stranger's program said, as text: no commands to a terminal or to the workflow that
    shows it (::error::, ##[group]), no page without an end."""
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    line = re.sub(r"^(\s*)(?=::|##\[)", r"\1. ", line)
    return line if len(line) <= ALLOWED_COLUMNS else line[:ALLOWED_COLUMNS] + "…"


def plain():
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    print("\n".join("  " + plain_line(line) for line in text.splitlines()))


def kind(name, known, listed):
    before, now = (
        {(one["kind"], one["name"]) for one in json.loads(pathlib.Path(file).read_text())}
        for file in (known, listed))
    print(" ".join(sorted([one if called == name else f"{one} {called}"
                           for one, called in now - before]
                          + [f"no {one} {called}" for one, called in before - now])))


def target(folder, word):
    """Never 0, at which the attacks of all matrices aim."""
    text = hashlib.sha256(word.encode())
    for path in sorted(pathlib.Path(folder).iterdir()):
        text.update(f"{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    print(1 + int(text.hexdigest(), 16) % (CLASSES - 1))


def toy(kind, name, source, drawn):
    smoke = json.loads((pathlib.Path(source) / "bench/matrices/smoke.json").read_text())
    first = smoke["blocks"][0]
    axes = {"dataset": "shapes", "attack": "blend", "distiller": "ood_kd", "defense": "abd"}

    def entry(axis, plugin):
        for block in smoke["blocks"]:
            for one in block[axis + "s"]:
                if one == plugin or isinstance(one, dict) and one.get("plugin") == plugin:
                    return one
        options = {"rounds": 40, "batch_size": 64} if axis == "distiller" else {}
        return {"id": plugin, "plugin": plugin, "options": options}
    block = {axis + "s": [entry(axis, name if axis == kind else plugin)]
             for axis, plugin in axes.items()}
    block["defenses"] = ["none", entry("defense", "abd")]
    if kind == "defense" and name not in ("none", "abd"):
        block["defenses"].append(entry("defense", name))
    block["networks"] = first["networks"]
    block["teacher_seeds"] = [0]
    block["student_seeds"] = [0, 1]
    blocks = [block]
    if kind in ("defense", "distiller"):
        at_zero = entry("attack", "blend")
        blocks.append({**block, "attacks": [
            {**at_zero, "id": toy_attack(drawn),
             "options": {**at_zero["options"], "target": int(drawn)}}],
            "defenses": [one for one in block["defenses"] if kind == "defense" or one == "none"]})
        blocks[1]["defenses"] = [one for one in blocks[1]["defenses"] if one == "none" or name in (
            one, isinstance(one, dict) and one["id"])]
    print(json.dumps({"schema": "matrix.v1", "name": "submission_toy", "demonstration": True,
                      "teacher": smoke["teacher"], "blocks": blocks}, indent=1))


def scores(folder):
    return {path.stem: json.loads(path.read_text())
            for path in sorted(folder.glob("*.json")) if path.name != "matrix.json"}


def numbers(score):
    """All that must be the same when it is computed again."""
    kept = {key: value
            for key, value in score.items() if key not in ("cost", "provenance", "media")}
    return json.dumps([kept, score["provenance"]["artifacts"]], sort_keys=True)


def is_copy(score):
    teacher, student = score["teacher"] or {}, score["student"] or {}
    return (student.get("agreement") == 1
            and all(student.get(what) == teacher.get(what) for what in ("acc", "asr")))


def problems_of_runs(out, kind):
    first, again = scores(out / "box/scores"), scores(out / "box/scores_again")
    problems = [f"{name}: not the same when it is computed again" for name, score in first.items()
                if name not in again or numbers(score) != numbers(again[name])]
    problems += [f"{name}: {score['status']}: {score['reason']}"
                 for name, score in first.items() if score["status"] != "ok"]
    if kind in ("defense", "distiller"):  # images of a data set may be that easy
        problems += [f"{name}: the student is the teacher: they agree on every test image"
                     for name, score in first.items() if is_copy(score)]
    return problems if first else ["no cell has a score"]


def percent(value):
    return "-" if value is None else f"{100 * value:.1f}"


def rows_of(out):
    cells = scores(out / "box/scores")
    plain = {(s["cell"]["attack"], s["cell"]["student_seed"]): s["cost"]["cpu_seconds"]
             for s in cells.values()
             if s["cell"]["defense"] == "none"}
    rows = []
    for score in cells.values():
        student, cell, cost = score["student"] or {}, score["cell"], score["cost"]
        base = plain.get((cell["attack"], cell["student_seed"]))
        ratio = cost["cpu_seconds"] / base if base and cost["cpu_seconds"] else None
        rows.append({"attack": cell["attack"], "distiller": cell["distiller"],
                     "defense": cell["defense"], "seed": cell["student_seed"],
                     "acc": student.get("acc"), "asr": student.get("asr"),
                     "cpu_seconds": cost["cpu_seconds"], "times_undefended": ratio,
                     "peak_bytes": cost["peak_bytes"]})
    return rows


def table(rows):
    lines = ["| attack | distiller | defence | seed | ACC % | ASR % | CPU s | times undefended | "
             "peak MB |", "|---|---|---|--:|--:|--:|--:|--:|--:|"]
    for row in rows:
        ratio = "-" if row["times_undefended"] is None else f"{row['times_undefended']:.1f}"
        lines.append(f"| {row['attack']} | {row['distiller']} | {row['defense']} | {row['seed']} | "
                     f"{percent(row['acc'])} | {percent(row['asr'])} | "
                     f"{row['cpu_seconds'] or 0:.2f} | {ratio} | "
                     f"{(row['peak_bytes'] or 0) // 1000000} |")
    return lines


def checks_of(out, kind):
    checks = []
    for check in CHECKS:
        verdict = out / f"{check}.verdict"
        if not verdict.exists():
            checks.append({"check": check, "verdict": "not made", "found": []})
            continue
        word = verdict.read_text().strip()
        found = ((out / f"{check}.txt").read_text(errors="replace").split("\n")[-ALLOWED_LINES:]
                 if word != "ok" else [])
        if check == "runs" and word == "ok":
            found = problems_of_runs(out, kind)
            word = "FAILED" if found else "ok"
        checks.append({"check": check, "verdict": word,
                       "found": [plain_line(line) for line in found if line]})
    return checks


def text_of(out, name, kind, verdict, checks, flags, rows):
    text = [f"# Submission of the {kind} `{name}`: {verdict}", ""]
    for flag in flags:
        text += [f"> **{flag['flag']}**: {flag['what']}", ""]
    text += ["| check | verdict |", "|---|---|"] + [
        f"| {c['check']} | {c['verdict']} |" for c in checks] + [""]
    for check in checks:
        if check["found"]:
            text += [f"## {check['check']}", "", *(f"    {line}" for line in check["found"]), ""]
    if rows:
        text += ["## Toy cells", "", NOTE, "", *table(rows), ""]
    if (out / "compare.txt").exists():
        lines = (out / "compare.txt").read_text(errors="replace").split("\n")
        text += ["## Beside ABD on `quick`", "",
                 *(html.escape(plain_line(line), quote=False) for line in lines), ""]
    return "\n".join(text)


def report(out, name, kind):
    out = pathlib.Path(out)
    checks = checks_of(out, kind)
    rows = rows_of(out) if (out / "box/scores").is_dir() else []
    drawn = out / "target"
    flags = flags_of({folder: list(scores(out / "box" / folder).values())
                      for folder in ("scores", "scores_quick", "scores_drawn")}, name, kind,
                     drawn.read_text().strip() if drawn.exists() else "",
                     {"scores": out / "models/runs/store",
                      "scores_quick": out / "models/quick/store"})
    if (out / "doubts.json").exists():
        flags = json.loads((out / "doubts.json").read_text()) + flags
    passed = all(check["verdict"] != "FAILED" for check in checks)
    verdict = ("FAILED" if not passed else
               "NEEDS EYES (" + ", ".join(flag["flag"] for flag in flags) + ")" if flags else
               "nothing found")
    (out / "report.json").write_text(json.dumps(
        {"plugin": name, "kind": kind, "passed": passed, "needs_eyes": bool(flags),
         "flags": flags, "checks": checks, "toy": rows}, indent=1, sort_keys=True) + "\n")
    text = text_of(out, name, kind, verdict, checks, flags, rows)
    (out / "report.md").write_text(text)
    print(text, file=sys.stderr)
    sys.exit(1 if not passed else 3 if flags else 0)


if __name__ == "__main__":
    {"kind": kind, "plain": plain, "report": report, "target": target,
     "toy": toy}[sys.argv[1]](*sys.argv[2:])

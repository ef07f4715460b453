"""report OUT NAME KIND: report.md and report.json of a submission, from what its checks left; exits
with 1 if one failed.
kind NAME KNOWN LISTED: the kind of the plugin that LISTED has and KNOWN has not; both are of
`dfkd list --json`.
toy KIND NAME SOURCE: a tiny matrix with the plugin, beside the undefended student and ABD, on
standard output."""
import json
import pathlib
import sys

CHECKS = ["text", "build", "symbols", "conforms", "holds", "runs", "quick"]
ALLOWED_LINES = 40  # of a check that failed
# Costs are of seconds on toy images: only ratios, and only large ones, mean anything.
NOTE = ("Toy images and seconds of training: these numbers say that it runs and what it costs, not "
        "that it is good.")


def kind(name, known, listed):
    before, now = (
        {(one["kind"], one["name"]) for one in json.loads(pathlib.Path(file).read_text())}
        for file in (known, listed))
    print(" ".join(sorted(one for one, called in now - before if called == name)))


def toy(kind, name, source):
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
    print(json.dumps({"schema": "matrix.v1", "name": "submission_toy", "demonstration": True,
                      "teacher": smoke["teacher"], "blocks": [block]}, indent=1))


def scores(folder):
    return {path.stem: json.loads(path.read_text())
            for path in sorted(folder.glob("*.json")) if path.name != "matrix.json"}


def numbers(score):
    """All that must be the same when it is computed again."""
    kept = {key: value
            for key, value in score.items() if key not in ("cost", "provenance", "media")}
    return json.dumps([kept, score["provenance"]["artifacts"]], sort_keys=True)


def problems_of_runs(out):
    first, again = scores(out / "box/scores"), scores(out / "box/scores_again")
    problems = [f"{name}: not the same when it is computed again" for name, score in first.items()
                if name not in again or numbers(score) != numbers(again[name])]
    problems += [f"{name}: {score['status']}: {score['reason']}"
                 for name, score in first.items() if score["status"] != "ok"]
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


def report(out, name, kind):
    out = pathlib.Path(out)
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
            found = problems_of_runs(out)
            word = "FAILED" if found else "ok"
        checks.append({"check": check, "verdict": word, "found": [line for line in found if line]})
    rows = rows_of(out) if (out / "box/scores").is_dir() else []
    passed = all(check["verdict"] != "FAILED" for check in checks)
    (out / "report.json").write_text(json.dumps(
        {"plugin": name, "kind": kind, "passed": passed, "checks": checks, "toy": rows},
        indent=1, sort_keys=True) + "\n")
    text = [f"# Submission of the {kind} `{name}`: {'nothing found' if passed else 'FAILED'}", "",
            "| check | verdict |", "|---|---|"] + [
                f"| {c['check']} | {c['verdict']} |" for c in checks] + [""]
    for check in checks:
        if check["found"]:
            text += [f"## {check['check']}", "", *(f"    {line}" for line in check["found"]), ""]
    if rows:
        text += ["## Toy cells", "", NOTE, "", *table(rows), ""]
    if (out / "compare.txt").exists():
        text += ["## Beside ABD on `quick`", "", (out / "compare.txt").read_text(), ""]
    (out / "report.md").write_text("\n".join(text))
    print("\n".join(text), file=sys.stderr)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    {"kind": kind, "toy": toy, "report": report}[sys.argv[1]](*sys.argv[2:])

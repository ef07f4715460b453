"""results_cost.py FOLDER...: what the committed results of these folders took to compute, from
their lines alone, and how large they are. Seconds on the clock are those of one process each, on
machines that may have had other work; CPU-seconds are the processor's own."""
import json
import pathlib
import sys

HOUR = 3600


def read(folders):
    """The results, and the bytes of all files."""
    lines, size = [], 0
    for file in sorted(file for folder in folders for file in pathlib.Path(folder).rglob("*")):
        size += file.stat().st_size if file.is_file() else 0
        if file.suffix == ".jsonl":
            lines += file.read_text(encoding="utf-8").splitlines()
    results = [line for line in lines if json.loads(line)["schema"] == "results.v1"]
    return results, size


def add_stages(result, defender, beside):
    """What a cell took: its stages by key, and all else by its teachers' keys. Cells share stages.
    A line does not tell apart teachers, what was crafted for them, and the cell's evaluations."""
    cost, keys = result["cost"], result["provenance"]["stages"]
    for name, seconds in cost.get("stages", {}).items():
        defender[keys[name][0]] = max(seconds, defender.get(keys[name][0], 0))
    if cost.get("total_seconds"):
        teachers = sorted(key for name, (key, _) in keys.items() if name.startswith("teacher "))
        beside.setdefault(tuple(teachers), []).append(cost["total_seconds"] - cost["wall_seconds"])


def once(results):
    """Seconds on the clock of every stage once: the defender's, and at most so many of teachers and
    of evaluations. All models and images are of one size, so that no evaluation takes longer than
    the shortest time of one together with a teacher."""
    defender, beside = {}, {}
    for result in results:
        add_stages(result, defender, beside)
    teachers = sum(map(max, beside.values()))
    shortest = min(map(min, beside.values()), default=0)
    return sum(defender.values()), teachers, shortest * sum(map(len, beside.values()))


def table(results):
    """By defence: results, mean CPU-seconds of a cell by itself."""
    entries = {}
    for result in results:
        seconds = result["cost"].get("cpu_seconds")
        if seconds is not None:
            entries.setdefault(result["cell"]["defense"], []).append(seconds)
    return [f"{name:<16} {len(seconds):>5} cells {sum(seconds) / len(seconds):>6.1f} CPU-s each"
            for name, seconds in sorted(entries.items())]


def main():
    lines, size = read(sys.argv[1:])
    results = [json.loads(line) for line in lines]
    if not results:
        sys.exit("no results there")
    length = sum(len(line.encode()) + 1 for line in lines)
    cpu = sum(result["cost"].get("cpu_seconds") or 0 for result in results)
    defender, teachers, evaluations = once(results)
    print("\n".join(table(results)))
    print(f"{len(results)} results, {length / len(results):.0f} bytes each, {size} bytes in all")
    print(f"the defender's part, each cell by itself: {cpu / HOUR:.2f} CPU-h")
    print(f"every stage once, on the clock: {defender / HOUR:.2f} h the defender's, at most "
          f"{teachers / HOUR:.2f} h teachers, at most {evaluations / HOUR:.2f} h evaluations")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What bench/perf/gpu.sh writes and reads as JSON.

gpu_report.py matrix FILE ROUNDS SEEDS NETWORKS PROFILE   one ZSKT cell a seed, on generated
                                                          pictures
gpu_report.py rounds STORE ROUNDS SHORTER ROUNDS NETWORKS SECONDS
                                                          rounds a second, of all that ran at once:
                                                          of those that the first store has more, so
                                                          without what a start costs; exit code 1
                                                          and no rate where that is below SECONDS
gpu_report.py compare SCORES SCORES                       the scores of one matrix on two devices;
                                                          exit code 1 if cells do not end alike or
                                                          teachers are not as accurate
gpu_report.py ceiling DEVICE                              TFLOP/s of matrix products, as PyTorch
                                                          reaches them
gpu_report.py peers DEVICE STEPS FILE [NAME ...]          milliseconds of a step of each method in
                                                          bench/perf/peers, with TF32 and without,
                                                          into FILE
gpu_report.py keep STORE PREFIX PARTS                     the store as a tar in parts of 16 MiB,
                                                          PREFIXaa and on: all of it, or of the
                                                          artifacts the smallest
gpu_report.py summary OUT                                 ratios, shares and cells an hour, of what
                                                          the steps of gpu.sh left in OUT; also into
                                                          OUT/summary.json
gpu_report.py arithmetic                                  what work.py says of ZSKT and Table 1
"""
import glob
import json
import os
import sys
import tarfile
import time

sys.dont_write_bytecode = True

import compare as on_cpu  # noqa: E402
import work  # noqa: E402

# TFLOP/s need the work of a round: of the networks that work.py knows.
COUNTED = "wrn-16-2,wrn-16-1"
PROFILES = ("fp32", "tf32", "bf16")
# The peers' setting against which each of our profiles stands. PyTorch's own default is TF32 in
# convolutions and none in products; here a setting holds for both.
AGAINST = {"fp32": ("fp32",), "tf32": ("tf32",), "bf16": ("tf32", "fp32")}
LARGEST_MEAN_DIFFERENCE = 0.05  # of teachers' accuracy
PART = 16 << 20  # bytes of a part of a store


def write_matrix(path, rounds, seeds, networks, profile):
    teacher, student = networks.split(",")
    options = {"rounds": int(rounds)}
    if teacher.startswith("vgg"):  # a rehearsal
        options.update({"batch_size": 8, "latent": 8, "generator_width": 8})
    block = {
        "datasets": [{"id": "shapes", "plugin": "shapes",
                      "options": {"size": 32, "train": 1000, "test": 100}}],
        "attacks": ["none"],
        "networks": [{"teacher": teacher, "student": student}],
        "distillers": [{"id": "zskt", "plugin": "zskt", "options": options}],
        "defenses": ["none"],
        "student_seeds": list(range(int(seeds))),
    }
    matrix = {"schema": "matrix.v1", "name": os.path.splitext(os.path.basename(path))[0],
              "demonstration": True, "profile": profile, "teacher": {"epochs": 1, "batch_size": 64},
              "blocks": [block]}
    with open(path, "w", encoding="utf-8") as out:
        json.dump(matrix, out, indent=2)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def seconds_of(store):
    """Wall seconds of each distillation in a store: of all stages into which it was cut. They
    differ in their seeds."""
    found = {}
    for folder in glob.glob(f"{store}/distill/*/*"):
        seed = read(f"{folder}/key.json")["seed"]
        found[seed] = found.get(seed, 0) + read(f"{folder}/manifest.json")["facts"]["wall_seconds"]
    if not found:
        sys.exit(f"gpu_report.py: {store} holds no distillation")
    return list(found.values())


def rates(store, rounds, shorter, fewer, networks, least):
    """Starts of processes and first choices of kernels differ by a second or so from run to run: a
    difference that is not far larger tells nothing of rounds."""
    long, short = seconds_of(store), seconds_of(shorter)
    seconds = max(long) - max(short)  # side by side: the slowest says when all were done
    made = int(rounds) - int(fewer)
    found = {"at_once": len(long), "rounds_each": made, "seconds": round(seconds, 3)}
    if seconds <= 0 or seconds < float(least):
        found["unusable"] = f"{made} rounds more took {seconds:.3f} s, less than {least}"
        return found
    found["ms_a_round"] = round(1000 * seconds / made, 3)
    found["rounds_a_second_of_all"] = round(len(long) * made / seconds, 2)
    if networks == COUNTED:
        macs = sum(work.zskt_round().values())
        found["tflops"] = round(2 * macs * len(long) * made / seconds / 1e12, 3)
    return found


def files_below(folder):
    """With links to folders, by which checkpoints are found."""
    files = []
    for at, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(at, name))]
        files += [os.path.join(at, name) for name in sorted(names + links)]
    return files


def room_in_tar(files):
    """Bytes at most: a long name has a header of its own."""
    return sum(os.lstat(file).st_size + 2048 for file in files)


def chosen_for_tar(store, room):
    """Files of a store that is one without the rest, and the units of the rest. What is missing is
    computed again where it is asked for. An artifact, or the work on one, is kept or not as a
    whole."""
    units = [os.path.dirname(path) for path in glob.glob(f"{store}/*/*/*/manifest.json")]
    units = {unit: files_below(unit) for unit in units + glob.glob(f"{store}/work/*")}
    others = tuple(unit + os.sep for unit in units) + (f"{store}/damaged{os.sep}",)
    files = [file for file in files_below(store) if not file.startswith(others)]
    room -= room_in_tar(files)
    left_out = []
    for unit in sorted(units, key=lambda unit: (room_in_tar(units[unit]), unit)):
        room -= room_in_tar(units[unit])
        if room >= 0:
            files += units[unit]
        else:
            left_out.append(unit)
    return files, left_out


def keep(store, prefix, parts):
    at, whole = os.path.dirname(store), prefix + "part"
    files, left_out = chosen_for_tar(store, int(parts) * PART - tarfile.RECORDSIZE)
    with tarfile.open(whole, "w") as tar:
        for file in files:
            tar.add(file, os.path.relpath(file, at))
    with open(whole, "rb") as tar:
        for letter in "abcdefghijklmnopqrstuvwxyz":
            part = tar.read(PART)
            if not part:
                break
            with open(f"{prefix}a{letter}", "wb") as out:
                out.write(part)
    os.remove(whole)
    return {"files": len(files), "left_out": len(left_out),
            "left_out_mib": round(sum(map(room_in_tar, map(files_below, left_out))) / 2**20, 1),
            "smallest_left_out": [os.path.relpath(unit, store) for unit in left_out[:3]]}


def scores_of(folder):
    scores = {}
    for path in glob.glob(f"{folder}/*.json"):
        score = read(path)
        if "cell" in score:
            scores[os.path.basename(path)] = score
    return scores


def ended(score):
    """The gate's verdict on a teacher that is just about good enough may be another."""
    return "ended" if score["status"] in ("ok", "attack_failed") else score["status"]


def differences(a, b, of, numbers):
    """Of scores that both have, largest first."""
    rows = []
    for name in sorted(a.keys() & b.keys()):
        for number in numbers:
            ours, theirs = ((score.get(of) or {}).get(number) for score in (a[name], b[name]))
            if ours is not None and theirs is not None:
                rows.append((abs(ours - theirs), f"{name} {number}: {ours:.4f} and {theirs:.4f}"))
    return sorted(rows, reverse=True)


def teachers_of(scores):
    """One score a teacher, which many cells share."""
    parts = ("dataset", "attack", "teacher_network", "teacher_seed")
    return {" ".join(str(score["cell"].get(part)) for part in parts): score
            for _, score in sorted(scores.items()) if score.get("teacher")}


def compare(first, second):
    """Students of a few rounds are near chance, and other rounding moves them like another seed:
    they are listed, not judged."""
    a, b = scores_of(first), scores_of(second)
    both = sorted(a.keys() & b.keys())
    teachers = differences(teachers_of(a), teachers_of(b), "teacher", ("acc",))
    students = differences(a, b, "student", ("acc", "asr"))
    return {"cells": len(both), "only_in_one": sorted(a.keys() ^ b.keys()),
            "status_differs": [f"{name}: {a[name]['status']} and {b[name]['status']}"
                               for name in both if ended(a[name]) != ended(b[name])],
            "teachers": len(teachers),
            "mean_difference": sum(row[0] for row in teachers) / max(1, len(teachers)),
            "largest_of_teachers": [row[1] for row in teachers[:5]],
            "largest": [row[1] for row in students[:5]]}


def why_not_alike(found):
    """"" if the scores of one matrix on two devices are."""
    if found["cells"] == 0:
        return "no cell is in both"
    if found["only_in_one"]:
        return f"{len(found['only_in_one'])} cells are in one only"
    if found["status_differs"]:
        return f"{len(found['status_differs'])} cells ended otherwise"
    if found["teachers"] == 0:
        return "no teacher is in both"
    if found["mean_difference"] > LARGEST_MEAN_DIFFERENCE:
        return (f"teachers differ by {found['mean_difference']:.3f} on average, more than "
                f"{LARGEST_MEAN_DIFFERENCE}")
    return ""


def allow_tf32(torch, allowed):
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def waiting(torch, device):
    return torch.cuda.synchronize if device.startswith("cuda") else lambda: None


def ceiling(device):
    import torch

    size, times = (8192, 10) if device.startswith("cuda") else (512, 2)
    found, wait = {"torch": torch.__version__, "size": size}, waiting(torch, device)
    for name, kind in (("fp32", torch.float32), ("tf32", torch.float32), ("bf16", torch.bfloat16)):
        allow_tf32(torch, name == "tf32")
        a, b = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
        for _ in range(2):
            a @ b
        wait()
        began = time.perf_counter()
        for _ in range(times):
            a @ b
        wait()
        found[name] = round(2 * size**3 * times / (time.perf_counter() - began) / 1e12, 3)
    return found


def milliseconds(step, count, wait):
    """Mean of so many steps, each waited for, as dfkd_perf times ours; the first warms up."""
    step()
    wait()
    began = time.perf_counter()
    for _ in range(count):
        step()
        wait()
    return round(1000 * (time.perf_counter() - began) / count, 3)


def peers(device, count, path, *names):
    """The scripts make their tensors wherever PyTorch makes them by default. Whoever ends this
    early finds in the file what was measured until then, and what a call before has measured; what
    that has not is measured first."""
    import torch

    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))
    import steps

    on_gpu = device.startswith("cuda")
    if on_gpu:
        torch.set_default_device(device)
    torch.backends.cudnn.benchmark = True
    found, wait = dict(file_or_nothing(path), torch=torch.__version__), waiting(torch, device)
    turns = [(setting, name) for setting in (("fp32", "tf32") if on_gpu else ("fp32",))
             for name in names or steps.STEPS]
    for setting, name in sorted(turns, key=lambda turn: isinstance(
            found.get(turn[0], {}).get(turn[1]), (int, float))):
        allow_tf32(torch, setting == "tf32")
        known = found.setdefault(setting, {})
        torch.manual_seed(0)
        try:
            known[name] = milliseconds(
                steps.STEPS[name](), on_cpu.steps_of(name, int(count)), wait)
        except (RuntimeError, TypeError) as error:
            known[name] = str(error).split("\n", maxsplit=1)[0]
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
        os.replace(path + ".part", path)
    return found


def last_object(path):
    """What a step printed last, or {} if it did not come to that."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line for line in file if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def file_or_nothing(path):
    """A benchmark that ran out of time leaves a file without its end: what is whole counts."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError):
        return {}
    for whole in (text, text[:text.rfind("}") + 1] + "]}"):
        try:
            return json.loads(whole)
        except ValueError:
            pass
    return {}


def steps_of(path):
    """Milliseconds and TFLOP/s by name. Google Benchmark divides by the processor's time."""
    found = {}
    for run in file_or_nothing(path).get("benchmarks", []):
        rate = run.get("GFLOP/s")
        found[run["name"]] = {
            "ms": run["real_time"],
            "tflops": rate and rate / 1000 * run["cpu_time"] / run["real_time"]}
    return found


def ratios_of(ours, theirs, profile):
    suffix, rows = "bf16" if profile == "bf16" else "fp32", []
    for peer, mine in on_cpu.PAIRS:
        if not mine.endswith(suffix) or mine not in ours:
            continue
        for setting in AGAINST[profile]:
            took = theirs.get(setting, {}).get(peer)
            if isinstance(took, (int, float)):
                rows.append({"peer": peer, "in": setting, "ours": mine[:-4] + profile,
                             "peer_ms": took, "our_ms": round(ours[mine]["ms"], 3),
                             "ratio": round(took / ours[mine]["ms"], 3)})
    return rows


def share(rate, ceilings, profile):
    return round(rate / ceilings[profile], 4) if rate and ceilings.get(profile) else None


def shares_of(ours, ceilings, profile):
    suffix = "bf16" if profile == "bf16" else "fp32"
    return {name[:-4] + profile: share(run["tflops"], ceilings, profile)
            for name, run in ours.items() if name.endswith(suffix) and run["tflops"]}


def concurrency(out, theirs):
    """Cells an hour, of 80,000 rounds, by how many run at once; eager PyTorch runs one."""
    rows = {}
    for path in glob.glob(f"{out}/concurrent-*.log"):
        rate = last_object(path).get("rounds_a_second_of_all")
        if rate:
            at_once = int(path.rsplit("-", maxsplit=1)[1][:-len(".log")])
            rows[at_once] = round(3600 * rate / work.ROUNDS, 3)
    alone = last_object(f"{out}/rounds-fp32.log").get("rounds_a_second_of_all")
    if alone:
        rows.setdefault(1, round(3600 * alone / work.ROUNDS, 3))
    eager = {setting: round(3600e3 / (work.ROUNDS * took["ZsktRound/reference"]), 3)
             for setting, took in theirs.items()
             if isinstance(took, dict)
             and isinstance(took.get("ZsktRound/reference"), (int, float))}
    found = {"cells_an_hour": dict(sorted(rows.items())), "eager_cells_an_hour": eager}
    if rows and eager:
        found["best_against_eager"] = round(max(rows.values()) / max(eager.values()), 2)
    return found


def summary(out):
    theirs = file_or_nothing(f"{out}/peers.json")
    ceilings = last_object(f"{out}/ceiling.log")
    found = {"ratios": [], "shares": {}, "rounds": {}}
    for profile in PROFILES:
        ours = steps_of(f"{out}/steps-{profile}.json")
        found["ratios"] += ratios_of(ours, theirs, profile)
        found["shares"].update(shares_of(ours, ceilings, profile))
        rounds = last_object(f"{out}/rounds-{profile}.log")
        if "ms_a_round" in rounds:
            found["rounds"][profile] = dict(
                rounds, share=share(rounds.get("tflops"), ceilings, profile))
    found.update(concurrency(out, theirs))
    best = max((r["tflops"] for r in found["rounds"].values() if r.get("tflops")), default=None)
    if best:  # of one run at a time
        found["table1_hours"] = round(2 * sum(work.table1().values()) / best / 3600e12, 2)
    with open(f"{out}/summary.json", "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
    for row in found["ratios"]:
        print(f"{row['peer']:26s} {row['in']:5s} {row['ours']:20s} {row['peer_ms']:10.3f} "
              f"{row['our_ms']:10.3f} {row['ratio']:8.2f}")
    return {"ratios": len(found["ratios"]), **{k: v for k, v in found.items() if k != "ratios"}}


def arithmetic():
    parts, whole = work.zskt_round(), work.table1()
    flop = 2 * sum(whole.values())
    return {"round_gmac": {name: round(macs / 1e9, 1) for name, macs in parts.items()},
            "round_of_all_gmac": round(sum(parts.values()) / 1e9, 1),
            "table1_pflop": {name: round(2 * macs / 1e15) for name, macs in whole.items()},
            "table1_of_all_pflop": round(flop / 1e15),
            "tflops_for_two_hours": round(flop / 7200e12)}


def main():
    command, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if command == "matrix" and len(arguments) == 5:
        write_matrix(*arguments)
    elif command == "rounds" and len(arguments) == 6:
        found = rates(*arguments)
        print(json.dumps(found))
        if "unusable" in found:
            sys.exit(f"gpu_report.py: {found['unusable']}")
    elif command == "keep" and len(arguments) == 3:
        print(json.dumps(keep(*arguments)))
    elif command == "compare" and len(arguments) == 2:
        found = compare(*arguments)
        print(json.dumps(found, indent=1))
        why = why_not_alike(found)
        if why:
            sys.exit(f"gpu_report.py: {arguments[0]} and {arguments[1]}: {why}")
    elif command == "ceiling" and len(arguments) == 1:
        print(json.dumps(ceiling(*arguments)))
    elif command == "peers" and len(arguments) >= 3:
        print(json.dumps(peers(*arguments)))
    elif command == "summary" and len(arguments) == 1:
        print(json.dumps(summary(*arguments)))
    elif command == "arithmetic" and not arguments:
        print(json.dumps(arithmetic(), indent=1))
    else:
        sys.exit(__doc__)


main()

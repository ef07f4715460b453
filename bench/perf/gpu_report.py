#!/usr/bin/env python3
"""What bench/perf/gpu.sh writes and reads as JSON.

gpu_report.py matrix FILE ROUNDS SEEDS NETWORKS PROFILE   one ZSKT cell a seed, on generated
                                                          pictures
gpu_report.py rounds STORE ROUNDS SHORTER ROUNDS NETWORKS rounds a second, of all that ran at once:
                                                          of those that the first store has more, so
                                                          without what a start costs
gpu_report.py compare SCORES SCORES                       the scores of one matrix on two devices
gpu_report.py ceiling DEVICE                              TFLOP/s of matrix products, as PyTorch
                                                          reaches them
gpu_report.py peers DEVICE STEPS                          milliseconds of a step of each method in
                                                          bench/perf/peers
"""
import glob
import json
import os
import sys
import time


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


# Multiply-adds of a ZSKT round with the batch reused, batch 128, 32 x 32 pixels, generator
# included.
MACS = {"wrn-16-2,wrn-16-1": 207.5e9}


def rates(store, rounds, shorter, fewer, networks):
    long, short = seconds_of(store), seconds_of(shorter)
    seconds = max(long) - max(short)  # side by side: the slowest says when all were done
    made = int(rounds) - int(fewer)
    found = {"at_once": len(long), "rounds_each": made, "seconds": round(seconds, 3),
             "ms_a_round": round(1000 * seconds / made, 3)}
    if seconds > 0:
        found["rounds_a_second_of_all"] = round(len(long) * made / seconds, 2)
        if networks in MACS:
            found["tflops"] = round(2 * MACS[networks] * len(long) * made / seconds / 1e12, 3)
    return found


def scores_of(folder):
    scores = {}
    for path in glob.glob(f"{folder}/*.json"):
        score = read(path)
        if "cell" in score:
            scores[os.path.basename(path)] = score
    return scores


def compare(first, second):
    a, b = scores_of(first), scores_of(second)
    rows, statuses = [], []
    for name in sorted(a.keys() & b.keys()):
        if a[name]["status"] != b[name]["status"]:
            statuses.append(f"{name}: {a[name]['status']} and {b[name]['status']}")
        for number in ("acc", "asr"):
            ours, theirs = ((score.get("student") or {}).get(number)
                            for score in (a[name], b[name]))
            if ours is not None and theirs is not None:
                rows.append((abs(ours - theirs), f"{name} {number}: {ours:.4f} and {theirs:.4f}"))
    rows.sort(reverse=True)
    return {"cells": len(a.keys() & b.keys()), "only_in_one": sorted(a.keys() ^ b.keys()),
            "status_differs": statuses,
            "mean_difference": sum(row[0] for row in rows) / max(1, len(rows)),
            "largest": [row[1] for row in rows[:5]]}


def ceiling(device):
    import torch

    size, times = (8192, 10) if device.startswith("cuda") else (512, 2)
    found = {"torch": torch.__version__, "size": size}
    for name, kind, tf32 in (("fp32", torch.float32, False), ("tf32", torch.float32, True),
                             ("bf16", torch.bfloat16, False)):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        a, b = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
        wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
        for _ in range(2):
            a @ b
        wait()
        began = time.perf_counter()
        for _ in range(times):
            a @ b
        wait()
        found[name] = round(2 * size**3 * times / (time.perf_counter() - began) / 1e12, 3)
    return found


def peers(device, count):
    """The scripts make their tensors wherever PyTorch makes them by default. Wall time, best of so
    many steps."""
    import torch

    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))
    import steps

    torch.set_default_device(device)
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    found = {}
    for name, make in steps.STEPS.items():
        try:
            step, best = make(), None
            for _ in range(int(count) + 1):  # the first warms up
                wait()
                began = time.perf_counter()
                step()
                wait()
                spent = 1000 * (time.perf_counter() - began)
                best = spent if best is None else min(best, spent)
            found[name] = round(best, 3)
        except (RuntimeError, TypeError) as error:
            found[name] = str(error).split("\n", maxsplit=1)[0]
    return found


def main():
    command, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if command == "matrix" and len(arguments) == 5:
        write_matrix(*arguments)
    elif command == "rounds" and len(arguments) == 5:
        print(json.dumps(rates(*arguments)))
    elif command == "compare" and len(arguments) == 2:
        print(json.dumps(compare(*arguments), indent=1))
    elif command == "ceiling" and len(arguments) == 1:
        print(json.dumps(ceiling(*arguments)))
    elif command == "peers" and len(arguments) == 2:
        print(json.dumps(peers(*arguments)))
    else:
        sys.exit(__doc__)


main()

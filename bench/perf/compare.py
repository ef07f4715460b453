"""See compare.sh, which sets the environment."""
import argparse
import json
import os
import statistics
import subprocess
import sys

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "steps.py")
# What is timed: the peer, then ours. Same work, other code.
PAIRS = [
    ("ZsktRound/reference", "ZsktRound/fp32"),
    ("ZsktRound/reference", "ZsktRound/bf16"),
    ("ZsktRound/reused", "ZsktRound/fp32"),
    ("ZsktRound/reused", "ZsktRound/bf16"),
    ("ZsktRound/sv_reference", "ZsktRound/sv_fp32"),
    ("ZsktRound/sv_reference", "ZsktRound/sv_bf16"),
    ("ZsktRound/sv_reused", "ZsktRound/sv_fp32"),
    ("ZsktRound/sv_reused", "ZsktRound/sv_bf16"),
    ("KdStep/reference", "KdStep/fp32"),
    ("KdStep/sr_reference", "KdStep/sr_fp32"),
    ("KdStep/sr_reference", "KdStep/sr_bf16"),
    ("TeacherStep/reference", "TeacherStep/fp32"),
    ("TeacherStep/reference", "TeacherStep/bf16"),
    ("OodKdStep/reference", "OodKdStep/fp32"),
    ("OodKdStep/reference", "OodKdStep/bf16"),
    ("InversionStep/reference", "InversionStep/fp32"),
    ("InversionStep/reference", "InversionStep/bf16"),
    ("CmiRound/reference", "CmiRound/fp32"),
    ("CmiRound/reference", "CmiRound/bf16"),
    ("ZsktRound/sr_reference", "ZsktRound/sr_fp32"),
    ("ZsktRound/sr_reference", "ZsktRound/sr_bf16"),
]
# Peers of which one step is long enough to be measured by itself.
LONG = {"ZsktRound/sr_reference"}
CONVOLUTIONS = {kind: [f"Convolution/c{c}_{kind}" for c in (16, 32, 64, 128)]
                for kind in ("fp32", "bf16")}


def started(cpu, command):
    return subprocess.Popen(["taskset", "-c", str(cpu), *command],
                            stdout=subprocess.PIPE, text=True)


def result_of(process):
    out, _ = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{' '.join(process.args)}: exit code {process.returncode}")
    return json.loads(out)


def pinned(cpu, command):
    return result_of(started(cpu, command))


def benchmark(perf, name):
    return [perf, f"--benchmark_filter=^{name}$", "--benchmark_format=json",
            "--benchmark_min_time=0.5"]


def measured(run, perf, name):
    if not run["benchmarks"]:
        sys.exit(f"{perf}: no benchmark {name}")
    row = run["benchmarks"][0]
    return {"seconds": row["cpu_time"] / 1e3, "rate": row.get("GFLOP/s")}


def ours(perf, cpu, name):
    return measured(pinned(cpu, benchmark(perf, name)), perf, name)


def together(perf, cpus, name):
    """Seconds of each of as many copies of a benchmark as there are cpus, at the same time."""
    copies = [started(cpu, benchmark(perf, name)) for cpu in cpus]
    return [measured(result_of(copy), perf, name)["seconds"] for copy in copies]


def compare_jobs(given, names):
    """What several jobs beside each other get done against one, each step by the processor's
    time."""
    cpus = sorted(os.sched_getaffinity(0))[:given.jobs]
    if len(cpus) < given.jobs:
        sys.exit(f"--jobs {given.jobs}: there are {len(cpus)} processors")
    table = []
    for name in names:
        gains = []
        for _ in range(given.runs):
            alone = ours(given.perf, cpus[0], name)["seconds"]
            gains.append(sum(alone / seconds for seconds in together(given.perf, cpus, name)))
        print(f"{name:20s} {given.jobs} jobs do {statistics.median(gains):.2f} ({min(gains):.2f} "
              f"to {max(gains):.2f}) "
              "times what one does")
        table.append({"ours": name, "jobs": given.jobs, "gains": gains})
    return {"jobs": table}


def steps_of(name, most):
    return 1 if name in LONG else most


def theirs(cpu, name):
    command = ["/usr/bin/python3", PEERS, name, str(steps_of(name, 3))]
    return {"seconds": statistics.median(pinned(cpu, command)["seconds"])}


def flags():
    parser = argparse.ArgumentParser(prog="compare.sh")
    parser.add_argument("perf", nargs="?", default="build/dfkd_perf")
    parser.add_argument("names", nargs="*", help="only pairs with one of these in their name")
    parser.add_argument("-n", "--runs", type=int, default=5)
    parser.add_argument("-c", "--cpu", type=int, default=min(os.sched_getaffinity(0)))
    parser.add_argument("-j", "--jobs", type=int,
                        help="instead: so many copies of each of ours at once, against one")
    parser.add_argument("-o", "--out", help="all measurements as JSON")
    given = parser.parse_intermixed_args()
    if not os.access(given.perf, os.X_OK):
        parser.error(f"no program {given.perf}: build the target dfkd_perf")
    return given


def compare_peers(given, pairs):
    runs = []
    for number in range(given.runs):
        row = {}
        for peer, mine in pairs:  # each program once a run, in turn
            if peer not in row:
                row[peer] = theirs(given.cpu, peer)
            if mine not in row:
                row[mine] = ours(given.perf, given.cpu, mine)
        for name in [n for kind in CONVOLUTIONS.values() for n in kind]:
            row[name] = ours(given.perf, given.cpu, name)
        runs.append(row)
        print(f"run {number + 1} of {given.runs}", file=sys.stderr)

    ceiling = {kind: max(run[n]["rate"] for run in runs for n in names)
               for kind, names in CONVOLUTIONS.items()}
    print(f"best convolution: fp32 {ceiling['fp32']:.0f}, bf16 {ceiling['bf16']:.0f} GFLOP/s")
    print(f"{'peer':26s} {'ours':20s} {'peer s':>8s} {'ours s':>8s}  ratio (lowest to highest)")
    table = []
    for peer, mine in pairs:
        ratios = [run[peer]["seconds"] / run[mine]["seconds"] for run in runs]
        entry = {"peer": peer, "ours": mine, "ratio": statistics.median(ratios), "ratios": ratios,
                 "peer_seconds": statistics.median(run[peer]["seconds"] for run in runs),
                 "our_seconds": statistics.median(run[mine]["seconds"] for run in runs)}
        share = ""
        if runs[0][mine]["rate"]:
            entry["share"] = (statistics.median(run[mine]["rate"] for run in runs)
                              / ceiling[mine[-4:]])
            share = f", {100 * entry['share']:.0f} % of the best convolution"
        print(f"{peer:26s} {mine:20s} {entry['peer_seconds']:8.2f} {entry['our_seconds']:8.2f}  "
              f"{entry['ratio']:.2f} ({min(ratios):.2f} to {max(ratios):.2f}){share}")
        table.append(entry)
    return {"pairs": table, "ceiling": ceiling, "runs": runs}


def main():
    given = flags()
    pairs = [p for p in PAIRS if not given.names
             or any(n in p[0] + " " + p[1] for n in given.names)]
    if not pairs:
        sys.exit("nothing is called so; there are "
                 + ", ".join(sorted({name for p in PAIRS for name in p})))
    if given.jobs:
        report = compare_jobs(given, list(dict.fromkeys(mine for _, mine in pairs)))
    else:
        report = compare_peers(given, pairs)
    if given.out:
        with open(given.out, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs fuzz targets until each has had so many executions, over as many sittings as it takes, and
renews tests/fuzz/corpus; tests/fuzz/CMakeLists.txt says how. Exit code: 0 all are done, 1 something
was found, 2 it could not run, 3 executions are left for another sitting."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROUND_SECONDS = 300  # what a power cut costs at most
LIMITS = ("-max_len=8192", "-timeout=300", "-rss_limit_mb=2048", "-print_final_stats=1")
MOST_FILES, MOST_BYTES = 50, 100 * 1024
MERGED_LENGTH = "-max_len=4096"
FINDINGS = ("crash-", "leak-", "oom-", "timeout-")

stopped = threading.Event()


def executions_in(log):
    """Of a run of libFuzzer, also of one that was killed: then those of its last line of news."""
    told = re.findall(rb"^stat::number_of_executed_units:\s*(\d+)", log, re.M)
    news = re.findall(rb"^#(\d+)\s", log, re.M)
    return max((int(number) for number in told + news), default=0)


class Target:
    """A program, and what is kept of it in the build folder."""

    def __init__(self, program, corpora, any_build):
        self.program, self.name = program, program.name.removeprefix("fuzz_")
        home = program.parent
        self.found = home / "found" / self.name
        self.findings = home / "findings" / self.name
        self.fixed = home / "fixed" / self.name
        self.count_file = home / "counts" / (self.name + ".json")
        self.kept = corpora / self.name
        self.problem = ""
        for folder in (self.found, self.findings, self.fixed, self.count_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.build = hashlib.sha256(program.read_bytes()).hexdigest()
        self.executions, self.seconds = 0, 0.0
        if self.count_file.exists():
            count = json.loads(self.count_file.read_text(encoding="utf-8"))
            if any_build or count["build"] == self.build:
                self.executions, self.seconds = count["executions"], count["seconds"]

    def save(self):
        text = json.dumps({"build": self.build, "executions": self.executions,
                           "seconds": round(self.seconds, 3)})
        fresh = self.count_file.with_suffix(".new")
        fresh.write_text(text + "\n", encoding="utf-8")
        os.replace(fresh, self.count_file)

    def open_findings(self):
        return sorted(file for file in self.findings.iterdir() if file.name.startswith(FINDINGS))

    def run(self, *arguments):
        """Exit code and log. Ctrl-C ends the program gently, so that it tells its count."""
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen([self.program, *arguments], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, start_new_session=True)
            code, asked = None, 0
            while code is None:
                try:
                    code = process.wait(timeout=0.2)
                except subprocess.TimeoutExpired:
                    if stopped.is_set():
                        asked += 1
                        process.send_signal(signal.SIGINT if asked < 50 else signal.SIGKILL)
            log.seek(0)
            return code, log.read()

    def try_findings_again(self):
        for file in self.open_findings():
            code, _ = self.run(*LIMITS, file)
            if code == 0 and not stopped.is_set():
                file.rename(self.fixed / file.name)

    def run_round(self, runs, seconds):
        """False: it cannot go on."""
        begun = time.monotonic()
        folders = [self.found] + ([self.kept] if self.kept.is_dir() else [])
        code, log = self.run(f"-runs={runs}", f"-max_total_time={max(1, round(seconds))}", *LIMITS,
                             f"-artifact_prefix={self.findings}/", *folders)
        executions = executions_in(log)
        self.executions += executions
        self.seconds += time.monotonic() - begun
        self.save()
        if stopped.is_set():
            return False
        if code != 0 or executions == 0:
            last = log.decode(errors="replace").strip().splitlines()[-15:]
            self.problem = "\n".join([f"{self.name}: exit code {code}"] + last)
            return False
        return True

    def count(self, runs, deadline):
        self.try_findings_again()
        while self.executions < runs and not self.open_findings() and not stopped.is_set():
            left = deadline - time.monotonic()
            if left <= 0 or not self.run_round(runs - self.executions, min(left, ROUND_SECONDS)):
                return

    def merge(self):
        """What is kept stays; added is what was found and passes, then what reaches more."""
        self.try_findings_again()
        kept = sorted(self.kept.iterdir()) if self.kept.is_dir() else []
        with tempfile.TemporaryDirectory() as scratch:
            merged = pathlib.Path(scratch) / "merged"
            merged.mkdir()
            for file in kept:
                shutil.copy(file, merged)
            before = {file.name for file in merged.iterdir()}
            code, log = self.run("-merge=1", MERGED_LENGTH, "-rss_limit_mb=2048", merged,
                                 self.found)
            if code != 0:
                self.problem = f"{self.name}: cannot be merged: exit code {code}\n" + \
                    log.decode(errors="replace")[-1000:]
                return
            fresh = sorted((file for file in merged.iterdir() if file.name not in before),
                           key=lambda file: (file.stat().st_size, file.name))
            self.add([file for file in sorted(self.fixed.iterdir()) if file.name not in before]
                     + fresh, len(kept), sum(file.stat().st_size for file in kept))

    def add(self, files, number, size):
        for file in files:
            more = file.stat().st_size
            if number >= MOST_FILES or size + more > MOST_BYTES:
                continue
            self.kept.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, self.kept / file.name)
            number, size = number + 1, size + more

    def row(self):
        rate = self.executions / self.seconds if self.seconds > 0 else 0
        corpus = sum(1 for _ in self.found.iterdir())
        shipped = sum(1 for _ in self.kept.iterdir()) if self.kept.is_dir() else 0
        return [self.name, f"{self.executions}", f"{rate:.0f}", f"{corpus}", f"{shipped}",
                f"{len(self.open_findings())}"]


def print_table(targets):
    rows = [["target", "executions", "per second", "corpus", "shipped", "findings"]]
    rows += [target.row() for target in targets]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                        for i, (text, width) in enumerate(zip(row, widths))).rstrip())


def fail(message):
    print("count.py: " + message, file=sys.stderr)
    sys.exit(2)


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="png, pictures, …; default: all of the build")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build-fuzz")
    parser.add_argument("--runs", type=positive, default=10_000_000, help="executions of each")
    parser.add_argument("--seconds", type=positive, help="of this sitting, all targets together")
    parser.add_argument("--jobs", type=positive, default=1, help="targets at a time")
    parser.add_argument("--any-build", action="store_true",
                        help="counts executions of earlier builds, too")
    parser.add_argument("--merge", action="store_true", help="renew the corpora, count nothing")
    parser.add_argument("--corpora", type=pathlib.Path, default=ROOT / "tests/fuzz/corpus")
    return parser.parse_args(arguments)


def targets_of(options):
    folder = options.build.absolute() / "tests/fuzz"
    programs = {file.name.removeprefix("fuzz_"): file for file in sorted(folder.glob("fuzz_*"))
                if file.is_file() and os.access(file, os.X_OK)}
    if not programs:
        fail(f"{folder}: no fuzz targets; build them as tests/fuzz/CMakeLists.txt says")
    for name in options.targets:
        if name not in programs:
            fail(f"there is no target '{name}'; there are: {', '.join(programs)}")
    return [Target(programs[name], options.corpora.absolute(), options.any_build)
            for name in options.targets or programs]


def main(arguments):
    options = parse(arguments)
    targets = targets_of(options)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    deadline = time.monotonic() + (options.seconds or float("inf"))
    if options.seconds:  # each gets its share, and the first does not take all
        lanes = min(options.jobs, len(targets))
        share = options.seconds * lanes / len(targets)

    def work(target):
        if options.merge:
            return target.merge()
        own = min(deadline, time.monotonic() + share) if options.seconds else deadline
        return target.count(options.runs, own)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(work, targets))
    print_table(targets)
    for target in targets:
        if target.problem:
            print("\n" + target.problem, file=sys.stderr)
        for file in target.open_findings():
            print(f"finding: {file}", file=sys.stderr)
    if any(target.open_findings() for target in targets):
        return 1
    if any(target.problem for target in targets):
        return 2
    done = options.merge or all(target.executions >= options.runs for target in targets)
    return 0 if done else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

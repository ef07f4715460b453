"""A campaign of faults against runs of a toy matrix.

    faults.py DFKD SCRATCH [--faults N] [--seconds S] [--seed X]

Workers, runners and both are killed or suspended, disks are full or read-only, artifacts,
checkpoints, leases and the history are damaged or deleted, while one to three runners, some of them
as on another host, share a store. In the end an undisturbed run must end well, and every artifact
must have the digest of a run that nothing has disturbed.

The schedule is drawn from the seed (--seed, else $DFKD_FAULT_SEED, else 1); when things happen
depends on the machine. Ends after N faults, or when S seconds are over. Exit code: 0 nothing was
lost or wrong, 1 something was.
"""
import argparse
import collections
import contextlib
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HUNG = 300  # seconds after which a run that should have ended counts as hung: no machine is so slow


def toy_matrix(file):
    """A part of smoke with still fewer images and rounds: no stage takes a second. One cell is of a
    distiller with a generator, whose state is more than a student."""
    with open(os.path.join(HERE, "../bench/matrices/smoke.json"), encoding="utf-8") as f:
        matrix = json.load(f)
    block = matrix["blocks"][0]
    block["datasets"][0]["options"].update({"train": 400, "test": 100})
    block["distillers"][0]["options"].update({"count": 64, "rounds": 8, "batch_size": 32})
    block["defenses"] = block["defenses"][:3]
    block["student_seeds"] = [0, 1]
    zskt = {"id": "zskt", "plugin": "zskt",
            "options": {"rounds": 4, "batch_size": 16, "student_steps": 2, "latent": 4,
                        "generator_width": 4, "at_weight": 0}}
    cell = {**block, "attacks": ["none"], "distillers": [zskt], "defenses": ["none"],
            "student_seeds": [0]}
    matrix.update({"name": "faults", "blocks": [block, cell]})
    matrix["teacher"]["epochs"] = 2
    with open(file, "w", encoding="utf-8") as f:
        json.dump(matrix, f)


def is_root():
    return os.geteuid() == 0


def can(command):
    return is_root() and subprocess.run(command, capture_output=True, check=False).returncode == 0


def sha256(file):
    with open(file, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def artifacts(store):
    """Folders of published artifacts, by "kind/key"."""
    found = {}
    for manifest in glob.glob(f"{store}/*/??/*/manifest.json"):
        parts = manifest.split("/")
        if parts[-4] != "damaged":
            found[f"{parts[-4]}/{parts[-2]}"] = os.path.dirname(manifest)
    return found


def digest(folder):
    """The digest of the manifest; None if the manifest or a file is not what it says."""
    try:
        with open(f"{folder}/manifest.json", encoding="utf-8") as f:
            manifest = json.load(f)
        whole = all(sha256(f"{folder}/{name}") == about["sha256"]
                    for name, about in manifest["files"].items())
        return (manifest["digest"] if whole and sha256(f"{folder}/key.json") == manifest["key"]
                else None)
    except (OSError, ValueError, KeyError):
        return None


def scores(folder, without=()):
    """What the scores say of students and by which artifacts, but for some keys; not what it
    cost."""
    found = {}
    for file in glob.glob(f"{folder}/*.json"):
        with open(file, encoding="utf-8") as f:
            score = json.load(f)
        if "cell" in score:
            keys, digests = score["provenance"]["stages"], score["provenance"]["artifacts"]
            found[os.path.basename(file)] = {
                **{of: score[of] for of in ("status", "teacher", "student", "floor", "counts")},
                "artifacts": {key: digests.get(title)
                              for title, key in keys.items() if key not in without}}
    return found


class Runner:
    """`dfkd run` in a process group of its own; `host` not None: as on that machine."""

    def __init__(self, bench, store, out, jobs=1, host=None, wrap=()):
        self.log = f"{out}.log"
        command = [*wrap, bench.dfkd, "run", bench.matrix, "--store", store, "--out", out,
                   "--jobs", str(jobs), "--ignore-gate"]
        if host is not None:
            command = ["unshare", "--uts", "--pid", "--fork", "--kill-child",
                       "--mount-proc", "sh", "-c", 'hostname "$0" && exec "$@"', host, *command]
        self.host = host
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True,
                                            env=bench.environment)

    def runner(self):
        """The process id of dfkd itself, None if it has not begun or has ended."""
        if self.process.poll() is not None:
            return None
        if self.host is None:
            return self.process.pid
        inner = children(self.process.pid)
        return inner[0] if inner else None

    def workers(self):
        pid = self.runner()
        return children(pid) if pid else []

    def runs(self):
        return self.process.poll() is None

    def kill_all(self):
        pids = [self.process.pid, self.runner(), *self.workers()]
        for pid in filter(None, pids):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def wait(self):
        """The exit code; "hung" if it does not end."""
        try:
            return self.process.wait(HUNG)
        except subprocess.TimeoutExpired:
            self.kill_all()
            return "hung"

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return "".join(f.readlines()[-15:])


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(child) for child in f.read().split()]
    except (OSError, ValueError):
        return []


def signal_to(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        return True
    return False


class Bench:
    """What all worlds share: the program, the matrix, the undisturbed results."""

    def __init__(self, dfkd, scratch):
        self.dfkd, self.scratch = os.path.abspath(dfkd), os.path.abspath(scratch)
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.makedirs(self.scratch)
        self.matrix = f"{self.scratch}/faults.json"
        toy_matrix(self.matrix)
        self.environment = dict(os.environ, DFKD_DATA=f"{self.scratch}/data")
        place = f"{self.scratch}/disk"
        os.makedirs(place)
        self.disks = can(["mount", "-t", "tmpfs", "faults", place])
        if self.disks:
            self.disks = can(["mount", "-o", "remount,ro", place])
            subprocess.run(["umount", place], check=True)
        self.hosts = can(["unshare", "--uts", "--pid", "--fork", "--mount-proc", "hostname",
                          "elsewhere"])
        for able, what in ((self.disks, "full and read-only disks"),
                           (self.hosts, "runners as on other hosts")):
            if not able:
                print(f"left out: {what} (only root can make them)")
        start = time.monotonic()
        reference = Runner(self, f"{self.scratch}/reference", f"{self.scratch}/reference-scores")
        if reference.wait() != 0:
            sys.exit(f"the undisturbed run failed:\n{reference.tail()}")
        self.digests = {ref: digest(folder)
                        for ref, folder in artifacts(f"{self.scratch}/reference").items()}
        self.reference_scores = f"{self.scratch}/reference-scores"
        print(f"undisturbed: {len(self.digests)} artifacts, {len(scores(self.reference_scores))} "
              f"scores in {time.monotonic() - start:.1f} s", flush=True)


class World:
    """A store, from empty until an undisturbed run has ended; `campaign` draws what happens to
    it."""

    def __init__(self, campaign, number):
        self.bench, self.random, self.counts = campaign.bench, campaign.random, campaign.counts
        self.folder = f"{self.bench.scratch}/world{number}"
        self.disk = f"{self.folder}/disk"
        self.store, self.out = f"{self.disk}/store", f"{self.folder}/scores"
        os.makedirs(self.disk)
        if self.bench.disks:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "faults", self.disk],
                           check=True)
        self.touched = set()  # artifacts that were damaged or deleted
        self.runners = []

    def close(self):
        for runner in self.runners:
            runner.kill_all()
        if self.bench.disks:
            subprocess.run(["umount", "-l", self.disk], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, jobs=1):
        elsewhere = self.bench.hosts and self.random.random() < 0.3
        host = f"node{self.random.randrange(1, 4)}" if elsewhere else None
        out = f"{self.folder}/scores{len(self.runners)}"
        self.runners.append(Runner(self.bench, self.store, out, jobs, host))

    def running(self):
        return [runner for runner in self.runners if runner.runs()]

    # --- faults: each returns whether it happened

    def kill_worker(self):
        workers = [pid for runner in self.running() for pid in runner.workers()]
        return bool(workers) and signal_to(self.random.choice(workers), signal.SIGKILL)

    def kill_runner(self):
        runner = self.random.choice(self.running())
        pid = runner.runner()
        return bool(pid) and signal_to(pid, signal.SIGKILL)

    def kill_both(self):
        self.random.choice(self.running()).kill_all()
        return True

    def interrupt_runner(self):
        pid = self.random.choice(self.running()).runner()
        return bool(pid) and signal_to(pid, signal.SIGTERM)

    def suspend_worker(self):
        """For longer than its lease lasts, as far as the stamps tell."""
        workers = [pid for runner in self.running() for pid in runner.workers()]
        if not workers:
            return False
        pid = self.random.choice(workers)
        signal_to(pid, signal.SIGSTOP)
        self.age_leases()
        time.sleep(self.random.uniform(0.1, 1.5))
        return signal_to(pid, signal.SIGCONT)

    def fill_disk(self):
        if not self.bench.disks:
            return False
        with contextlib.suppress(OSError), open(f"{self.disk}/filler", "wb", buffering=0) as f:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        f.write(b"x" * size)
        time.sleep(self.random.uniform(0.1, 2))
        os.unlink(f"{self.disk}/filler")
        return True

    def damage_artifact(self):
        published = artifacts(self.store)
        if not published:
            return False
        ref = self.random.choice(sorted(published))
        files = sorted(f for f in glob.glob(f"{published[ref]}/**", recursive=True)
                       if os.path.isfile(f))
        if not files or not self.damage(self.random.choice(files)):
            return False
        self.touched.add(ref)
        return True

    def delete_artifact(self):
        published = artifacts(self.store)
        if not published:
            return False
        ref = self.random.choice(sorted(published))
        shutil.rmtree(published[ref], ignore_errors=True)
        self.touched.add(ref)
        return True

    def damage_checkpoint(self):
        files = sorted(f for f in glob.glob(f"{self.store}/work/*/checkpoint/*")
                       if os.path.isfile(f))
        return bool(files) and self.damage(self.random.choice(files))

    def damage_bookkeeping(self):
        files = [f for f in (f"{self.store}/history.jsonl", f"{self.store}/fingerprints.json")
                 if os.path.exists(f)]
        return bool(files) and self.damage(self.random.choice(files))

    def plant_lease(self):
        """That of a host that is gone, or whose clock was ahead."""
        missing = sorted(set(self.bench.digests) - set(artifacts(self.store)))
        if not missing:
            return False
        lease = f"{self.store}/work/{self.random.choice(missing).split('/')[1]}/lease"
        record = {"boot": "x", "host": "gone", "pid": 1, "pid_namespace": "x", "started": "1",
                  "token": "x"}
        text = json.dumps(record) if self.random.random() < 0.7 else ""
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(lease), exist_ok=True)
            with open(lease, "x", encoding="ascii") as f:
                f.write(text)
            stamp = time.time() + self.random.choice((-3600, 3600))
            os.utime(lease, (stamp, stamp))
            return True
        return False

    def damage(self, file):
        how = self.random.randrange(3)
        with contextlib.suppress(OSError):
            size = os.path.getsize(file)
            if how == 0 and size > 0:  # one bit
                with open(file, "r+b") as f:
                    at = self.random.randrange(size)
                    f.seek(at)
                    byte = f.read(1)[0]
                    f.seek(at)
                    f.write(bytes([byte ^ (1 << self.random.randrange(8))]))
            elif how == 1:
                os.truncate(file, self.random.randrange(size) if size else 0)
            else:
                os.unlink(file)
            return True
        return False

    def age_leases(self):
        """As if an hour had passed without a sign of life."""
        for lease in glob.glob(f"{self.store}/work/*/lease"):
            with contextlib.suppress(OSError):
                os.utime(lease, (time.time() - 3600,) * 2)

    KINDS = {"worker killed": (kill_worker, 5), "runner killed": (kill_runner, 3),
             "runner and workers killed": (kill_both, 2),
             "runner interrupted": (interrupt_runner, 2), "worker suspended": (suspend_worker, 2),
             "disk full": (fill_disk, 2), "artifact damaged": (damage_artifact, 3),
             "artifact deleted": (delete_artifact, 1), "checkpoint damaged": (damage_checkpoint, 1),
             "bookkeeping damaged": (damage_bookkeeping, 1),
             "lease of a host that is gone": (plant_lease, 1)}

    def inject(self):
        kinds, weights = list(self.KINDS), [weight for _, weight in self.KINDS.values()]
        kind = self.random.choices(kinds, weights)[0]
        if self.KINDS[kind][0](self):
            self.counts[kind] += 1

    def read_only(self, problems):
        """Nothing is written, one line says so, and nothing is lost."""
        end = time.monotonic() + HUNG
        # the worker of a killed runner still writes
        while not can(["mount", "-o", "remount,ro", self.disk]):
            if time.monotonic() > end:
                problems.append("a worker without a runner does not end")
                return
            time.sleep(0.1)
        runner = Runner(self.bench, self.store, f"{self.folder}/read-only")
        code = runner.wait()
        subprocess.run(["mount", "-o", "remount,rw", self.disk], check=True)
        self.counts["store read-only"] += 1
        if code not in (0, 2) or (code == 2 and "Read-only file system" not in runner.tail()):
            problems.append(f"read-only store: exit code {code}\n{runner.tail()}")

    def episode(self):
        for _ in range(self.random.choices((1, 2, 3), (5, 4, 2))[0]):
            self.start(jobs=self.random.choice((1, 1, 2)))
        for _ in range(self.random.randrange(1, 6)):
            time.sleep(self.random.uniform(0.05, 0.9))
            if self.running():
                self.inject()
        for runner in self.running():
            runner.kill_all()
        self.age_leases()

    def finish(self, problems):
        """The undisturbed run at the end, and what it left."""
        last = Runner(self.bench, self.store, self.out)
        code = last.wait()
        if code != 0:
            problems.append(f"the last run ended with {code}:\n{last.tail()}")
        found = artifacts(self.store)
        for ref, expected in self.bench.digests.items():
            have = digest(found[ref]) if ref in found else "missing"
            if have != expected and not (ref in self.touched and self.is_told(ref, have)):
                problems.append(
                    f"{ref}: {'damaged' if have is None else have} instead of {expected}")
        if code == 0 and not self.same_scores():
            problems.append("the scores differ")
        finished = {ref.split("/")[1] for ref in found}
        left = [key for key in os.listdir(f"{self.store}/work") if key in finished]
        if code == 0 and left:
            problems.append(f"left in work/, though published: {left}")

    def same_scores(self):
        """But for the digests of what we deleted and nothing needs any more."""
        without = {ref.split("/")[1] for ref in self.touched}
        return scores(self.out, without) == scores(self.bench.reference_scores, without)

    def is_told(self, ref, have):
        """What we deleted or damaged ourselves may stay so where nothing needs it, but not in
        silence."""
        if have == "missing":
            return True
        told = subprocess.run([self.bench.dfkd, "stage", ref, "--store", self.store],
                              capture_output=True, env=self.bench.environment, check=False)
        return have is None and told.returncode != 0 and b"damaged" in told.stderr


class Campaign:
    def __init__(self, bench, seed):
        self.bench, self.random = bench, random.Random(seed)
        self.counts, self.problems, self.worlds = collections.Counter(), [], 0

    def run(self, faults, seconds):
        end = time.monotonic() + seconds
        while self.counts.total() < faults and time.monotonic() < end:
            self.world()

    def world(self):
        self.worlds += 1
        world, problems = World(self, self.worlds), []
        try:
            for _ in range(self.random.randrange(2, 5)):
                world.episode()
                if self.bench.disks and self.random.random() < 0.15:
                    world.read_only(problems)
            world.finish(problems)
        finally:
            world.close()
        self.problems += [f"world {self.worlds}: {problem}" for problem in problems]
        for problem in problems:
            print(f"world {self.worlds}: {problem}", flush=True)

    def report(self, seed):
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.counts.most_common())
        print(f"seed {seed}: {self.counts.total()} faults in {self.worlds} stores ({kinds}); "
              f"{len(self.problems)} lost, wrong or stuck")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dfkd")
    parser.add_argument("scratch")
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("DFKD_FAULT_SEED", "1")))
    flags = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without unmounting
    bench = Bench(flags.dfkd, flags.scratch)
    campaign = Campaign(bench, flags.seed)
    campaign.run(flags.faults, flags.seconds)
    campaign.report(flags.seed)
    shutil.rmtree(bench.scratch, ignore_errors=True)
    sys.exit(1 if campaign.problems else 0)


if __name__ == "__main__":
    main()

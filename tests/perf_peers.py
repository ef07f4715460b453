"""What the peers in bench/perf/peers compute: passes of teacher, student and generator, and ways
back through teacher and generator, against what was counted in the published code (abd: "ZSKT
pseudo-batch" and its step under SR). Exit code 77 without PyTorch."""
import json
import os
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    sys.exit(77)

PERF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench", "perf")
sys.path.insert(0, os.path.join(PERF, "peers"))

import steps  # noqa: E402

STUDENT, SEARCHES = 3, 2  # steps of a round, and of a search


class Counted:
    """Counts, by the name of a network, its passes and how often a gradient reached its output."""

    def __init__(self):
        self.forward, self.back = {}, {}

    def add(self, which, name):
        which[name] = which.get(name, 0) + 1

    def watch(self, name, output):
        self.add(self.forward, name)
        if output.requires_grad:
            output.register_hook(lambda _: self.add(self.back, name))


def counted_classes(counted):
    class Net(steps.WideResNet):
        def __init__(self, depth, width):
            super().__init__(depth, width)
            self.name = "teacher" if width == 2 else "student"

        def forward(self, x):
            logits, taps = super().forward(x)
            counted.watch(self.name, logits)
            return logits, taps

    class Maker(steps.Generator):
        def forward(self, z):
            images = super().forward(z)
            counted.watch("generator", images)
            return images

    return Net, Maker


def passes_of(name):
    """Of one step, after another: with gradients and optimizers that have state."""
    counted = Counted()
    net, maker = counted_classes(counted)
    plain = steps.WideResNet, steps.Generator
    steps.WideResNet, steps.Generator = net, maker
    try:
        step = steps.STEPS[name]()
        step()
        counted.forward, counted.back = {}, {}
        step()
    finally:
        steps.WideResNet, steps.Generator = plain
    return counted.forward, counted.back


def check(name, forward, back):
    found = passes_of(name)
    assert found[0] == forward, (name, "forward", found[0], forward)
    for net, times in back.items():
        assert found[1].get(net, 0) == times, (name, "back", found[1], back)


torch.set_num_threads(1)
torch.manual_seed(0)
steps.BATCH, steps.STUDENT_STEPS, steps.SEARCHES = 4, STUDENT, SEARCHES
check("ZsktRound/reference",
      {"generator": 1 + STUDENT, "teacher": 1 + STUDENT, "student": 1 + STUDENT},
      {"generator": 1 + STUDENT, "teacher": 1, "student": 1 + STUDENT})
check("ZsktRound/reused", {"generator": 2, "teacher": 2, "student": 1 + STUDENT},
      {"generator": 1, "teacher": 1, "student": 1 + STUDENT})
# Each step of the student: the teacher answers once, and in each step of the search once for the
# images and once for the perturbed ones, from which the way back leads into the generator; so does
# that of the student's own loss. The student makes five passes and two for the log.
check("ZsktRound/sr_reference",
      {"generator": 1 + STUDENT, "teacher": 1 + STUDENT * (1 + 2 * SEARCHES),
       "student": 1 + 7 * STUDENT},
      {"generator": 1 + STUDENT * (SEARCHES + 1), "teacher": 1 + STUDENT * SEARCHES})
check("KdStep/sr_reference", {"teacher": 1 + 2 * SEARCHES, "student": 5}, {"teacher": SEARCHES})

# gpu.sh asks for one of them first and for all later: what was measured stays until it is measured
# again.
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "peers.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"fp32": {"ZsktRound/reference": 5.0},
                   "tf32": {"ZsktRound/reference": 4.0}}, file)
    subprocess.run([sys.executable, "-B", os.path.join(PERF, "gpu_report.py"), "peers", "cpu", "1",
                    path, "KdStep/reference"], check=True, stdout=subprocess.DEVNULL)
    with open(path, encoding="utf-8") as file:
        measured = json.load(file)
    assert measured["fp32"].pop("KdStep/reference") > 0, measured
    del measured["torch"]
    assert measured == {"fp32": {"ZsktRound/reference": 5.0},
                        "tf32": {"ZsktRound/reference": 4.0}}, measured

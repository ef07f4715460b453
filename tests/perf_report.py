"""What bench/perf/gpu_report.py says of scores and times that are made up, and work.py and
roofline.py of shapes that were counted by hand."""
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile

PERF = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench", "perf")
sys.path.insert(0, PERF)

import roofline  # noqa: E402
import work  # noqa: E402


def report(*arguments):
    return subprocess.run([sys.executable, "-B", os.path.join(PERF, "gpu_report.py"), *arguments],
                          capture_output=True, text=True, check=False)


def write(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(value if isinstance(value, str) else json.dumps(value))


def scores(folder, cells):
    """`cells`: accuracy of the teacher by name, or of teacher and student, or a status."""
    os.makedirs(folder, exist_ok=True)
    for name, said in cells.items():
        status, accuracies = ("ok", said) if not isinstance(said, str) else (said, (0.7, None))
        teacher, student = accuracies if isinstance(accuracies, tuple) else (accuracies, 0.1)
        write(f"{folder}/{name}.json", {
            "cell": {"dataset": "d", "attack": name[0], "teacher_network": "t", "teacher_seed": 0},
            "status": status, "teacher": None if teacher is None else {"acc": teacher},
            "student": None if student is None else {"acc": student, "asr": 0.5}})


def check_compare(scratch):
    first = {"a": 0.8, "b": 0.7}
    cases = {
        "alike": ({"a": 0.8, "b": 0.68}, 0, ""),
        "nobody": ({}, 1, "no cell is in both"),
        "others": ({"c": 0.8}, 1, "no cell is in both"),
        "one more": ({"a": 0.8, "b": 0.7, "c": 0.7}, 1, "1 cells are in one only"),
        "another end": ({"a": 0.8, "b": "diverged"}, 1, "1 cells ended otherwise"),
        "another gate": ({"a": 0.8, "b": "attack_failed"}, 0, ""),
        "far": ({"a": 0.8, "b": 0.4}, 1, "teachers differ by 0.150 on average"),
        "other students": ({"a": (0.8, 0.9), "b": (0.7, 0.9)}, 0, ""),
        "no teachers": ({"a": (None, 0.1), "b": (None, 0.1)}, 1, "no teacher is in both"),
    }
    scores(f"{scratch}/first", first)
    for name, (cells, code, why) in cases.items():
        scores(f"{scratch}/{name}", cells)
        ran = report("compare", f"{scratch}/first", f"{scratch}/{name}")
        assert ran.returncode == code, (name, ran)
        assert why in ran.stderr, (name, ran.stderr)
        found = json.loads(ran.stdout)
        assert name != "other students" or found["largest"] == [
            "b.json acc: 0.1000 and 0.9000", "a.json acc: 0.1000 and 0.9000",
            "b.json asr: 0.5000 and 0.5000", "a.json asr: 0.5000 and 0.5000"], found
    # Of two teachers one is far off, whatever the number of cells that share the other.
    many = {f"a{i}": 0.8 for i in range(9)}
    scores(f"{scratch}/many", dict(many, b=0.7))
    scores(f"{scratch}/one off", dict(many, b=0.5))
    ran = report("compare", f"{scratch}/many", f"{scratch}/one off")
    assert ran.returncode == 1 and "by 0.100 on average" in ran.stderr, ran


def run(name, ms, **more):
    return dict({"name": name, "real_time": ms, "cpu_time": ms, "time_unit": "ms"}, **more)


def check_summary(out, cut):
    ceiling = {"fp32": 50.0, "tf32": 400.0, "bf16": 800.0}
    write(f"{out}/ceiling.log", "a line before\n" + json.dumps(ceiling) + "\n")
    # 2 TFLOP/s of the processor's time, which was half of the clock's.
    teacher = run("TeacherStep/fp32", 4.0, **{"GFLOP/s": 2000.0, "cpu_time": 2.0})
    write(f"{out}/steps-fp32.json",
          {"benchmarks": [run("ZsktRound/fp32", 50.0), teacher, run("LoadPng", 1.0)]})
    write(f"{out}/steps-tf32.json", {"benchmarks": [run("ZsktRound/fp32", 40.0)]})
    whole = json.dumps({"context": {}, "benchmarks": [run("ZsktRound/sv_bf16", 25.0)]})
    write(f"{out}/steps-bf16.json", whole[:-len("]}")] + cut)  # ended too early
    write(f"{out}/peers.json", {
        "torch": "2", "fp32": {"ZsktRound/reference": 300.0, "ZsktRound/reused": "no memory"},
        "tf32": {"ZsktRound/reference": 200.0, "ZsktRound/sv_reference": 100.0}})
    write(f"{out}/rounds-tf32.log", json.dumps({"ms_a_round": 20.0, "tflops": 20.0}) + "\n")
    write(f"{out}/concurrent-1.log", json.dumps({"rounds_a_second_of_all": 50.0}) + "\n")
    write(f"{out}/concurrent-8.log", json.dumps({"rounds_a_second_of_all": 200.0}) + "\n")
    write(f"{out}/concurrent-4.log", "it ended before\n")
    ran = report("summary", out)
    assert ran.returncode == 0, ran
    with open(f"{out}/summary.json", encoding="utf-8") as file:
        found = json.load(file)
    ratios = {(row["peer"], row["in"], row["ours"]): row["ratio"] for row in found["ratios"]}
    assert ratios == {("ZsktRound/reference", "fp32", "ZsktRound/fp32"): 6.0,
                      ("ZsktRound/reference", "tf32", "ZsktRound/tf32"): 5.0,
                      ("ZsktRound/sv_reference", "tf32", "ZsktRound/sv_bf16"): 4.0}, ratios
    assert found["shares"] == {"TeacherStep/fp32": 0.02}, found["shares"]
    assert found["rounds"]["tf32"]["share"] == 0.05, found["rounds"]
    assert found["cells_an_hour"] == {"1": 2.25, "8": 9.0}, found
    assert found["eager_cells_an_hour"] == {"fp32": 0.15, "tf32": 0.225}, found
    assert found["best_against_eager"] == 40.0, found
    hours = 2 * sum(work.table1().values()) / 20e12 / 3600
    assert abs(found["table1_hours"] - hours) < 0.01, found
    assert json.loads(ran.stdout.splitlines()[-1])["ratios"] == 3, ran.stdout


# Its whole steps of bf16, against both settings of the peers.
def check_bf16(out):
    write(f"{out}/steps-bf16.json", {"benchmarks": [run("ZsktRound/bf16", 25.0)]})
    write(f"{out}/peers.json", {"fp32": {"ZsktRound/reference": 300.0},
                                "tf32": {"ZsktRound/reference": 200.0}})
    ran = report("summary", out)
    assert ran.returncode == 0, ran
    with open(f"{out}/summary.json", encoding="utf-8") as file:
        rows = json.load(file)["ratios"]
    ratios = {(row["peer"], row["in"], row["ours"]): row["ratio"] for row in rows}
    assert ratios == {("ZsktRound/reference", "tf32", "ZsktRound/bf16"): 8.0,
                      ("ZsktRound/reference", "fp32", "ZsktRound/bf16"): 12.0}, ratios


def distilled(store, stages):
    """A store of distillations: of each stage the seed and the seconds."""
    for number, (seed, seconds) in enumerate(stages):
        folder = f"{store}/distill/ab/{number}"
        write(f"{folder}/key.json", {"seed": seed})
        write(f"{folder}/manifest.json", {"facts": {"wall_seconds": seconds}})
    return store


# Two at once, one of them cut into two stages: 20 rounds more of each took 6.5 - 2.5 seconds.
def check_rates(scratch):
    longer = distilled(f"{scratch}/longer", [(0, 3.0), (1, 6.0), (0, 3.5)])
    shorter = distilled(f"{scratch}/shorter", [(0, 2.0), (1, 2.5)])
    ran = report("rounds", longer, "30", shorter, "10", "wrn-16-2,wrn-16-1", "3")
    assert ran.returncode == 0, ran
    found = json.loads(ran.stdout)
    tflops = found.pop("tflops")
    assert found == {"at_once": 2, "rounds_each": 20, "seconds": 4.0, "ms_a_round": 200.0,
                     "rounds_a_second_of_all": 10.0}, found
    assert tflops == round(20 * sum(work.zskt_round().values()) / 1e12, 3), tflops
    others = report("rounds", longer, "30", shorter, "10", "vgg-s-8,vgg-s-8", "4")
    assert json.loads(others.stdout) == found, others  # nobody counted their work
    # Too little of a difference, and one below nothing, give no rate; the last also where all do.
    for stores, least in (((longer, shorter), "4.1"), ((shorter, longer), "3"),
                          ((shorter, longer), "0")):
        ran = report("rounds", stores[0], "30", stores[1], "10", "wrn-16-2,wrn-16-1", least)
        assert ran.returncode == 1 and f"less than {least}" in ran.stderr, ran
        assert not {"ms_a_round", "rounds_a_second_of_all", "tflops"} & set(
            json.loads(ran.stdout)), ran
    ran = report("rounds", f"{scratch}/gone", "30", shorter, "10", "a,b", "3")
    assert ran.returncode == 1 and "gone holds no distillation" in ran.stderr, ran


# Of what gave no rate the summary says nothing, and one cell at a time is what rounds measured.
def check_unusable(out):
    write(f"{out}/rounds-fp32.log", json.dumps({"ms_a_round": 10.0, "rounds_a_second_of_all": 100.0,
                                                "tflops": 40.0}) + "\n")
    for name in ("rounds-tf32", "concurrent-8"):
        write(f"{out}/{name}.log", json.dumps({"seconds": 1.0, "unusable": "why"}) + "\nwhy\n")
    ran = report("summary", out)
    assert ran.returncode == 0, ran
    with open(f"{out}/summary.json", encoding="utf-8") as file:
        found = json.load(file)
    assert set(found["rounds"]) == {"fp32"}, found
    assert found["cells_an_hour"] == {"1": 4.5}, found


# 5 + 12 + 16 MiB of artifacts: two parts of 16 take the first two, one the first.
def check_keep(scratch):
    store = f"{scratch}/matrix"
    for kind, mebibytes in (("teacher", 5), ("distill", 12), ("samples", 16)):
        folder = f"{store}/{kind}/ab/{kind}{'0' * 60}"
        write(f"{folder}/manifest.json", {})
        write(f"{folder}/model.safetensors", kind[0] * (mebibytes << 20))
    write(f"{store}/history.jsonl", "{}\n")
    write(f"{store}/damaged/distill-1/model", "of no use")
    write(f"{store}/work/distill/.checkpoint-1/state", "of a stage that goes on from it")
    os.symlink(".checkpoint-1", f"{store}/work/distill/checkpoint")
    for parts, kept, left_out in ((1, ("teacher",), 2), (2, ("teacher", "distill"), 1),
                                  (3, ("teacher", "distill", "samples"), 0)):
        out = f"{scratch}/out{parts}"
        os.makedirs(out)
        ran = report("keep", store, f"{out}/store.tar.", str(parts))
        assert ran.returncode == 0 and json.loads(ran.stdout)["left_out"] == left_out, ran
        names = sorted(os.listdir(out))
        assert names == ["store.tar.aa", "store.tar.ab", "store.tar.ac"][:len(names)], names
        assert len(names) <= parts, names
        whole = b""
        for name in names:
            with open(f"{out}/{name}", "rb") as file:
                whole += file.read()
            assert os.path.getsize(f"{out}/{name}") <= 16 << 20, name
        with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
            members = tar.getnames()
        expected = {f"matrix/{kind}/ab/{kind}{'0' * 60}/{name}" for kind in kept
                    for name in ("manifest.json", "model.safetensors")}
        always = {"matrix/history.jsonl", "matrix/work/distill/.checkpoint-1/state",
                  "matrix/work/distill/checkpoint"}
        assert set(members) == expected | always, members


def check_nothing_measured(out):
    os.makedirs(out)
    ran = report("summary", out)
    assert ran.returncode == 0 and json.loads(ran.stdout)["ratios"] == 0, ran


# 101.1 million for an image of 32 x 32: the constant of bench/perf/teacher_bench.cc.
def check_work():
    assert round(sum(work.wide_resnet(16, 2)) / 1e6, 1) == 101.1
    assert work.convolution(3, 16, 32) == 442368
    # Of the last group: two convolutions and the shortcut of the first block, two of the second.
    assert work.wide_resnet(16, 2)[3] == 64 * (64 * 128 * 9 + 128 * 128 * 9 + 64 * 128
                                               + 2 * 128 * 128 * 9)
    assert 206e9 < sum(work.zskt_round().values()) < 208e9


def check_roofline():
    operations, size = work.convolution_benchmark(16, 32, 4)
    assert operations == 2 * 3 * 9 * 128 * 16 * 16 * 32 * 32  # as teacher_bench.cc reports it
    assert size == 3 * 4 * (2 * 128 * 16 * 32 * 32 + 9 * 16 * 16)
    rows = roofline.rows_of([{"name": "Convolution/c16_fp32", "GFLOP/s": 50.0},
                             {"name": "TeacherStep/fp32", "GFLOP/s": 1.0}])
    assert len(rows) == 1 and abs(rows[0]["intensity"] - 35.98) < 0.01, rows
    plain = roofline.table(rows, None, None).splitlines()
    assert len({line.count("|") for line in plain}) == 1, plain
    limited = roofline.table(rows, bandwidth=2.0, peak=100.0).splitlines()
    assert len({line.count("|") for line in limited}) == 1, limited
    assert limited[-1].endswith("| 50 | 72 | 69 % |"), limited


with tempfile.TemporaryDirectory() as folder:
    check_compare(f"{folder}/compare")
    for number, cut in enumerate(("", ",\n", ',\n {\n  "name": "KdSt')):
        check_summary(f"{folder}/summary{number}", cut)
    check_bf16(f"{folder}/bf16")
    check_rates(f"{folder}/rates")
    check_unusable(f"{folder}/unusable")
    check_keep(f"{folder}/keep")
    check_nothing_measured(f"{folder}/nothing")
check_work()
check_roofline()

#!/usr/bin/env python3
"""scores.py OUT: scores for the tests of the site, the same at every call; fictional unless said.

OUT/plain: two data sets, two distillers, tracks, failures, missing cells, flags, several seeds and
devices; those of "sv" on "fashion" as results of the repository (sv.jsonl), verified to different
degrees.
OUT/sparse: of 600 planned cells 18 have a score, as on a board that is being filled.
OUT/hostile: names, reasons and options that are markup, formulas, turn the direction of text or are
10 KB long; a cell with curves of one ulp and a log of 200,000 points beside numbers that no chart
holds.
OUT/quick: the scores of docs/quick.png, which are real (quick.jsonl: the matrix file, then a score
a line; their keys are made up).
"""
import copy
import hashlib
import json
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / ("tests/scores/fixtures/valid/toy/"
                   "toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-none-t0-s0.json")
CLEAN, TRIGGERED = 1000, 900
AXES = ("dataset", "attack", "teacher_network", "student_network", "distiller", "defense")


def safe(text):
    """SafeName of bench/core/cell.h, byte by byte."""
    letters = (chr(byte) for byte in text.encode())
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.") else "_" for c in letters)


def digest(*what):
    return hashlib.sha256(repr(what).encode()).hexdigest()


def plugin_of(entry):
    if isinstance(entry, str):
        return entry, entry
    return entry["id"], entry["plugin"]


def write(folder, score):
    cell = score["cell"]
    name = "-".join([safe(cell[axis]) for axis in AXES]
                    + [f"t{cell['teacher_seed']}", f"s{cell['student_seed']}"])
    (folder / f"{name}.json").write_text(json.dumps(score, indent=1))


# The members of a score that cells of a file of results share (kShared in results_file.cc).
SHARED = ("matrix", "preset", "evaluated_on", "protocol", "demonstration", "track", "data",
          "teacher_recipe", "entries")


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Results:
    """The lines of <matrix>/<defence>.jsonl."""

    def __init__(self):
        self.contexts, self.lines = {}, []

    def add(self, score, state):
        provenance = score["provenance"]
        context = {"schema": "results_context.v1", "sources": provenance.get("sources", {}),
                   **{name: score[name] for name in SHARED}}
        digits = hashlib.sha256(canonical(context).encode()).hexdigest()[:16]
        self.contexts[digits] = canonical(context)
        line = {name: value for name, value in score.items() if name not in SHARED + ("media",)}
        keys, artifacts = provenance["stages"], provenance["artifacts"]
        line["provenance"] = {name: value for name, value in provenance.items()
                              if name not in ("artifacts", "sources", "asked")}
        line["provenance"]["stages"] = {title: [keys.get(title), artifacts.get(title)]
                                        for title in {**keys, **artifacts}}
        by = "somebody" if state == "rerun" else ""
        line.update(schema="results.v1", context=digits, plan=digest(sorted(score["cell"].items())),
                    machine="", verification={"state": state, "by": by})
        self.lines.append(canonical(line))

    def write(self, file):
        file.write_text("".join(line + "\n" for line in [*self.contexts.values(), *self.lines]))


def fill_counts(score, clean, target, floor, teacher):
    true_label = (TRIGGERED - target) // 2
    score["counts"] = {
        "student": {"clean": [clean, CLEAN], "target": [target, TRIGGERED],
                    "true_label": [true_label, TRIGGERED]},
        "teacher": {"clean": [930, CLEAN], "target": [teacher, TRIGGERED],
                    "true_label": [TRIGGERED - teacher, TRIGGERED]},
        "floor": {"clean": [870, CLEAN], "target": [floor, TRIGGERED], "true_label": None},
    }
    score["student"].update(acc=clean / CLEAN, asr=target / TRIGGERED, ra=true_label / TRIGGERED,
                            agreement=(CLEAN - abs(clean - 930)) / CLEAN,
                            acc_per_class=[clean / CLEAN] * 10)
    score["teacher"].update(acc=0.93, asr=teacher / TRIGGERED, gate="passed")
    score["floor"] = {"asr": floor / TRIGGERED}


def without_attack(score):
    for who in ("student", "teacher"):
        score["counts"][who].update(target=None, true_label=None)
    score["student"].update(asr=None, ra=None)
    score["teacher"].update(asr=None, gate=None)
    score["counts"]["floor"] = None
    score["floor"] = None


def end(score, status, reason):
    score["validity"] = [flag for flag in score["validity"] if flag == "attack_aware"]
    score.update(status=status, reason=reason, student=None)
    score["counts"]["student"] = None


class Plain:
    name = "plain"
    attacks = ["none", "badnets_grid",
               {"id": "blend_0.1", "plugin": "blend", "options": {"alpha": 0.1}},
               {"id": "blend_0.2", "plugin": "blend", "options": {"alpha": 0.2}}, "sig", "wanet"]
    distillers = ["ood_kd", "zskt"]
    options = {"ood_kd": {"rounds": 100, "extra_data": "unlabelled pictures"},
               "zskt": {"rounds": 100}}
    defenses = ["none", "abd", {"id": "sv", "plugin": "shuffling_vaccine"},
                {"id": "sr", "plugin": "self_retrospection", "attack_aware": True}, "clp",
                "ft", "ft_syn"]
    # No program has a data set "toy", so that none holds these fictional options against its own.
    blocks = [("fashion", "fashion_mnist", "wrn-16-2", "wrn-16-1", [0, 1]),
              ("toy", "toy", "vgg-s-8", "vgg-s-8", [0])]
    teachers = [0, 1, 2, 3]
    strength = {"none": 1.0, "abd": 0.15, "sv": 0.3, "sr": 0.3, "clp": 0.6, "ft": 0.2,
                "ft_syn": 1.3}

    def __init__(self, folder):
        self.folder = folder
        self.results = Results()
        self.random = random.Random(20)
        self.template = json.loads(TEMPLATE.read_text())

    def matrix(self):
        blocks = [{"datasets": [{"id": dataset, "plugin": plugin}], "attacks": self.attacks,
                   "networks": [{"teacher": teacher, "student": student}],
                   "distillers": self.distillers, "defenses": self.defenses,
                   "teacher_seeds": self.teachers, "student_seeds": seeds,
                   "detectors": ["mm_bd"], "reactivation": {}}
                  for dataset, plugin, teacher, student, seeds in self.blocks]
        return {"schema": "matrix.v1", "name": self.name, "summary": "Fictional scores.",
                "preset": "fixed", "profile": "fp32", "blocks": blocks}

    def write(self):
        self.folder.mkdir(parents=True)
        (self.folder / "matrix.json").write_text(json.dumps(self.matrix(), indent=1))
        for block in self.blocks:
            for distiller in self.distillers:
                for attack in self.attacks:
                    for teacher_seed in self.teachers:
                        for student_seed in block[4]:
                            self.place(block, distiller, attack, teacher_seed, student_seed)
        if self.results.lines:
            self.results.write(self.folder / "sv.jsonl")

    def place(self, block, distiller, attack, teacher_seed, student_seed):
        chance = self.random.random
        attack_id = plugin_of(attack)[0]
        facts = {"floor": int(20 + 60 * chance()), "teacher": int(830 + 70 * chance()),
                 "undefended": 0.6 + 0.4 * chance(), "collapsed": False,
                 "closed": attack_id == "wanet" and teacher_seed == 3 and block[0] == "fashion"}
        if attack_id == "blend_0.1" and teacher_seed == 2:
            facts["undefended"] = 0.06
        if attack_id == "sig" and teacher_seed == 1:
            facts["floor"] += TRIGGERED * 3 // 20
        for defense in self.defenses:
            dropped = chance() < 0.01 and plugin_of(defense)[0] != "none"
            if dropped or (plugin_of(defense)[0] == "ft" and block[0] == "toy"
                           and teacher_seed > 1):
                continue
            score = self.score(block, distiller, attack, defense, teacher_seed, student_seed, facts)
            if (block[0], plugin_of(defense)[0]) == ("fashion", "sv"):
                self.results.add(score, ("claimed", "valid", "rerun")[teacher_seed % 3])
            else:
                write(self.folder, score)

    def score(self, block, distiller, attack, defense, teacher_seed, student_seed, facts):
        (attack_id, attack_plugin), (defense_id, defense_plugin) = (
            plugin_of(attack), plugin_of(defense))
        score = copy.deepcopy(self.template)
        track = "out_of_distribution" if distiller == "ood_kd" else "synthesized"
        score.update(matrix=self.name, demonstration=False, status="ok", reason=None, validity=[],
                     track="clean_subset" if defense_id == "ft" else track)
        score["cell"] = dict(zip(AXES, (block[0], attack_id, block[2], block[3], distiller,
                                        defense_id)),
                             teacher_seed=teacher_seed, student_seed=student_seed)
        score["entries"] = {"dataset": {"plugin": block[1], "revision": 1, "options": {}},
                            "attack": {"plugin": attack_plugin, "revision": 1,
                                       "options": {"target": 0}},
                            "distiller": {"plugin": distiller, "revision": 1,
                                          "options": self.options[distiller]},
                            "defense": {"plugin": defense_plugin, "revision": 1, "options": {}}}
        score["data"]["fingerprint"] = digest(block[1])
        facts["collapsed"] = (attack_id != "none" and
                              (block[0], defense_id, teacher_seed) == ("toy", "clp", 0))
        self.numbers(score, defense_id, facts)
        self.costs(score, block, distiller, defense_id)
        self.fate(score, defense, facts)
        score["detectors"] = self.detectors(attack_id != "none", teacher_seed)
        if attack_id != "none" and score["student"]:
            score["reactivation"] = [self.woken(score, images) for images in (10, 50)]
        if attack_id == "none" and score["counts"]["student"]:
            without_attack(score)
        score["provenance"]["stages"] = {"distill": digest(sorted(score["cell"].items()))}
        score["provenance"]["artifacts"] = {"student": digest(sorted(score["cell"].items()), 1)}
        return score

    def numbers(self, score, defense, facts):
        noise = self.random.gauss(0, 0.05)
        share = min(1, max(0.01, facts["undefended"] * self.strength[defense] + noise))
        clean = int(870 - 40 * (1 - self.strength[defense]) + self.random.gauss(0, 6))
        clean -= 450 if facts["collapsed"] else 0
        if defense == "none":
            facts["transferred"] = int(TRIGGERED * share) >= 0.2 * TRIGGERED
        fill_counts(score, clean, int(TRIGGERED * share), facts["floor"], facts["teacher"])

    def costs(self, score, block, distiller, defense):
        seconds = 100 if distiller == "zskt" else 12
        seconds *= (1.5 - self.strength[defense]) * (1 + 0.1 * self.random.random())
        on_gpu = block[0] == "toy" and distiller == "zskt"
        score["numerics"]["device"] = "cuda" if on_gpu else "cpu"
        score["cost"].update(wall_seconds=seconds * 1.1, cpu_seconds=seconds,
                             gpu_seconds=seconds * 0.7 if on_gpu else None,
                             stages={"distill": seconds * 1.1})

    # One for each teacher, whatever its students.
    def detectors(self, attacked, teacher_seed):
        clean = {"statistic": 0.5 + 0.1 * teacher_seed, "suspicious": False, "target": 3}
        odd = teacher_seed % 2
        poisoned = {"statistic": 0.6 + 0.9 * odd, "suspicious": odd == 1, "target": 0}
        return {"mm_bd": {"teacher": poisoned if attacked else clean,
                          "clean_teacher": clean if attacked else None}}

    def woken(self, score, images):
        hits, floor = score["counts"]["student"]["target"][0], 20 * images // 10
        student = {"clean": [850, CLEAN], "target": [hits, TRIGGERED], "true_label": None}
        reference = {"clean": [850, CLEAN], "target": [floor, TRIGGERED], "true_label": None}
        return {"images": images, "student": student, "floor": reference, "acc": 850 / CLEAN,
                "asr": hits / TRIGGERED, "floor_asr": floor / TRIGGERED, "kappa": hits / floor}

    def fate(self, score, defense, facts):
        attacked = score["cell"]["attack"] != "none"
        flags = score["validity"]
        if attacked and not facts["transferred"]:
            flags.append("not_transferred")
        if attacked and facts["floor"] > 0.15 * TRIGGERED:
            flags.append("high_floor")
        if not isinstance(defense, str) and defense.get("attack_aware"):
            flags.append("attack_aware")
            score["entries"]["defense"]["attack_aware"] = True
        if facts["collapsed"]:
            flags.append("utility_collapse")
        if attacked and facts["closed"]:
            score["teacher"]["gate"] = "failed"
            end(score, "attack_failed", "the teacher's ASR is below 90 %")
        elif score["cell"]["defense"] != "none" and self.random.random() < 0.012:
            end(score, *self.random.choice([("diverged", "the loss was not finite in round 17"),
                                            ("timed_out", "the stage ran longer than 3600 s"),
                                            ("failed", "worker ended by signal 9")]))


class Sparse(Plain):
    name = "sparse"
    attacks = ["none", "badnets_grid", "sig"]
    distillers = ["zskt"]
    defenses = ["none", "abd"]
    blocks = [("fashion", "toy", "wrn-16-2", "wrn-16-1", [0])]
    teachers = list(range(100))
    scored = (0, 1, 2)

    def place(self, block, distiller, attack, teacher_seed, student_seed):
        if teacher_seed in self.scored:
            super().place(block, distiller, attack, teacher_seed, student_seed)


MARKUP = "<img src=x onerror=alert(1)>"
LONG = MARKUP + "x" * 10_000


def disguise(score, names, defense, seed):
    score.update(matrix='"><svg onload=alert(5)>', demonstration=False, validity=[])
    score["cell"].update(names, defense=defense, teacher_seed=seed)
    options = {'"><script>alert(2)</script>': "javascript:alert(3)", LONG: LONG}
    score["entries"]["attack"].update(plugin=MARKUP, options=options)
    score["entries"]["distiller"]["plugin"] = names["distiller"]
    score["entries"]["dataset"]["plugin"] = names["dataset"]
    score["entries"]["defense"]["plugin"] = "none" if defense == "none" else defense
    fill_counts(score, 800, 500 if defense == "none" else 100 + seed, 30, 880)
    score["provenance"]["commit"] = "<b>x</b>"
    score["provenance"]["version"] = "</title><script>alert(4)</script>"
    if seed == 1:
        score["provenance"].update(commit=LONG, version=LONG)
    if defense.startswith("\u202e"):
        end(score, "failed",
            "</script><script>alert(1)</script> \"'`${{body}} \u202e evil \u2028 =cmd|calc " + LONG)


def strange_numbers(folder, score):
    """Beside a score: what a chart cannot hold, and what hardly differs."""
    close = [0.3, 0.30000000000000004]
    curves = {"round": list(range(6)), "acc": [*close, *close, 1e300, -1e300],
              "asr": [*close, None, 0.3, 0.3, 1e19]}
    log = {"kd_loss": [[i, 0.3 + 0.1 * (i % 7)] for i in range(200_000)],
           "one ulp": [[0, close[0]], [1, close[1]]],
           "far": [[0, 1e300], [1, -1e300], [2, 1e18], [3, -1e18], [1e300, 1]],
           LONG: [[0, 1], [1, 2]]}
    (folder / "media").mkdir()
    for kind, content in (("curves", curves), ("log", log)):
        (folder / f"media/{kind}.json").write_text(json.dumps(content))
        score["media"][kind] = f"media/{kind}.json"


def hostile(folder):
    folder.mkdir(parents=True)
    names = {"attack": MARKUP, "distiller": "</script><script>alert(6)</script>",
             "dataset": "d'\"&amp;{{x}}"}
    for defense in ("none", '=HYPERLINK("x","y")', "\u202egnp.exe", "a,b&c=d#e%20?f",
                    MARKUP + "x" * 60):
        for seed in (0, 1, 2):
            score = json.loads(TEMPLATE.read_text())
            disguise(score, names, defense, seed)
            if (defense, seed) == ("none", 0):
                strange_numbers(folder, score)
            write(folder, score)
    # No file name is as long as its cell would need: it is left out, and takes nothing with it.
    score = json.loads(TEMPLATE.read_text())
    disguise(score, names, LONG, 0)
    (folder / "long.json").write_text(json.dumps(score))


def quick(folder):
    folder.mkdir(parents=True)
    matrix, *scores = (pathlib.Path(__file__).parent / "quick.jsonl").read_text().splitlines()
    (folder / "matrix.json").write_text(matrix)
    for score in map(json.loads, scores):
        score["provenance"].update(stages={"distill": digest(score["cell"])},
                                   artifacts={"student": digest(score["cell"], 1)})
        write(folder, score)


def main():
    out = pathlib.Path(sys.argv[1])
    Plain(out / "plain").write()
    Sparse(out / "sparse").write()
    hostile(out / "hostile")
    quick(out / "quick")


if __name__ == "__main__":
    main()

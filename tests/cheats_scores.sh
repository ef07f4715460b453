# To be sourced by cheats.sh: what somebody has to look at, told from scores and models.

python3 - "$source/tests" <<'PY'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from submission_flags import flags_of

def score(attack, defense, asr, agreement=0.25, teacher=0.99, seed=0):
    return {"cell": {"attack": attack, "defense": defense, "distiller": "ood_kd",
                     "student_seed": seed},
            "teacher": {"asr": teacher}, "student": {"asr": asr, "agreement": agreement}}

def flags(*rows, kind="defense", name="mine"):
    found = flags_of({"scores": [score(*row) for row in rows], "scores_quick": [],
                      "scores_drawn": []}, name, kind, "7")
    return [flag["flag"] for flag in found]

none, drawn = ("blend", "none", 0.9), ("blend_to_7", "none", 0.8)
assert flags(none, ("blend", "mine", 0.0), drawn, ("blend_to_7", "mine", 0.8)) == ["fixed_class"]
assert flags(none, ("blend", "mine", 0.0), drawn, ("blend_to_7", "mine", 0.3)) == []
assert flags(none, ("blend", "mine", 0.8), drawn, ("blend_to_7", "mine", 0.8)) == []
assert flags(none, ("blend", "mine", 0.0)) == ["fixed_class_unknown"]
weak = ("blend_to_7", "none", 0.2)
assert flags(none, ("blend", "mine", 0.0), weak, ("blend_to_7", "mine", 0.2)) == [
    "fixed_class_unknown"]
assert flags(none, ("blend", "mine", 0.9, 0.97), drawn, ("blend_to_7", "mine", 0.8)) == [
    "equals_teacher"]
assert flags(("blend", "none", 0.0), ("blend_to_7", "none", 0.9), kind="distiller",
             name="ood_kd") == ["fixed_class"]
assert flags(("blend", "none", 0.0), ("blend_to_7", "none", 0.1), kind="distiller",
             name="ood_kd") == []

# Of an attack: what the program itself says of its cells.
def attacked(*validity, attack="mine", defense="none", asr=0.3):
    return {**score(attack, defense, 0.9), "validity": list(validity), "floor": {"asr": asr}}

def attack_flags(*cells, folder="scores"):
    scores = {"scores": [], "scores_quick": [], "scores_drawn": [], folder: list(cells)}
    return flags_of(scores, "mine", "attack", "7")

(found,) = attack_flags(attacked("high_floor"), attacked("high_floor", asr=0.5))
assert found["flag"] == "high_floor" and "on toys" in found["what"] and "(40 %" in found["what"]
assert [flag["flag"] for flag in attack_flags(
    attacked("not_transferred"), attacked("attack_ineffective", "obvious_trigger"),
    folder="scores_quick")] == ["obvious_trigger", "attack_ineffective", "not_transferred"]
assert attack_flags(attacked(), attacked("high_floor", attack="blend"),
                    attacked("utility_collapse", defense="abd")) == []
(found,) = attack_flags({**attacked("no_floor"), "floor": None})
assert found["flag"] == "no_floor"
PY

report() { python3 "$source/tests/submission_report.py" "$@"; }

# What a program of a stranger says is shown, and does nothing.
printf 'a\x1b[2Jb\n  ::error::c\n##[group]d\n%s\n\xff\n' "$(printf 'x%.0s' {1..500})" |
  report plain >shown
printf '%s\n' '  a\x1bb' '    . ::error::c' '  . ##[group]d' "  $(printf 'x%.0s' {1..400})…" \
  "  $(printf '\xef\xbf\xbd')" | sed 's/x1bb/x1b[2Jb/' | cmp - shown || fail "shown: $(cat shown)"

# A teacher without its smaller weights, as the student of a toy: nothing is compiled for it.
python3 - "$source/tests" <<'PY'
import array, json, pathlib, random, struct, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from submission_flags import flags_of
from submission_weights import convolutions, largest_correlation

store, draw = pathlib.Path("copied/store"), random.Random(3)

def model(kind, key, weights, shape=(16, 8, 3, 3), **changes):
    file = store / kind / key[:2] / key / "model.safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    tensor = {"dtype": "F32", "shape": list(shape), "data_offsets": [0, 4 * len(weights)]}
    header = json.dumps({"__metadata__": {}, "conv2.weight": {**tensor, **changes}}).encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header
                     + array.array("f", weights).tobytes())
    return file

def weights(count=1152):
    return [draw.gauss(0, 1) for _ in range(count)]

taught = weights()
limit = sorted(map(abs, taught))[len(taught) // 2]
pruned = [w if abs(w) > limit else 0 for w in taught]
blurred = [w + draw.gauss(0, 2) for w in taught]
teacher, honest, mine = "a" * 64, "b" * 64, "c" * 64
there = model("teacher", teacher, taught)
model("distill", honest, weights())
model("distill", "d" * 64, taught)  # of an earlier round, which is not the student

def flags(student, repaired=True, agreement=0.5):
    model("repair", mine, student)
    stages = {"teacher shapes blend vgg-s-8 seed 0": teacher,
              "distill ood_kd none to round 9": "d" * 64,
              "distill ood_kd none to round 40": honest}
    if repaired:
        stages["repair student by mine"] = mine
    cell = {"cell": {"attack": "blend", "defense": "mine", "distiller": "ood_kd"},
            "teacher": {"asr": 0.9}, "student": {"asr": 0.8, "agreement": agreement},
            "provenance": {"stages": stages}}
    scores = {"scores": [cell], "scores_quick": [], "scores_drawn": []}
    return [flag["flag"] for flag in flags_of(scores, "mine", "defense", "7", {"scores": store})]

assert flags(pruned) == flags(blurred) == ["teachers_weights"], (flags(pruned), flags(blurred))
assert flags([-w for w in taught]) == ["teachers_weights"]
assert flags(weights()) == flags(pruned, repaired=False) == []
outside = store.parent / ("a" * 61) / "model.safetensors"
outside.parent.mkdir()
outside.write_bytes(there.read_bytes())
teacher = "../" + "a" * 61  # a score may say anything
assert flags(pruned) == []
teacher = "e" * 64  # which is not there
assert flags(pruned) == []

# Of another network, or small, or no weights at all: nothing is said.
small = weights(72)
assert not largest_correlation(model("teacher", "f" * 64, small, (8, 1, 3, 3)),
                               model("distill", "f" * 64, small, (8, 1, 3, 3)))
assert not largest_correlation(there, model("repair", mine, taught, (8, 16, 3, 3)))
for changes in ({"data_offsets": [0, 1 << 40]}, {"data_offsets": [-4, 4604]}, {"dtype": "F64"},
                {"shape": [16, 8, 3, "3"]}, {"shape": [16, 8, 3, 4]}, {"data_offsets": None}):
    assert not convolutions(model("repair", mine, taught, **changes)), changes
assert not convolutions(model("repair", mine, [float("nan")] * 1152))
for text in (b"", b"\0" * 8, b"\xff" * 9, struct.pack("<Q", 9) + b"[" * 9,
             struct.pack("<Q", 2) + b"[]", struct.pack("<Q", 1 << 20) + b"{}"):
    there.write_bytes(text)
    assert not convolutions(there), text
large = model("repair", mine, taught)
large.write_bytes(large.read_bytes() + bytes(5 << 20))
assert not convolutions(large)
PY

# What the teacher computes, by other weights: nothing is compiled for it.
python3 - "$source/tests" <<'PY'
import array, json, math, pathlib, random, struct, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import submission_function
from submission_flags import files_of_students, flags_of, has_teachers_function
from submission_weights import tensors

store, draw = pathlib.Path("rewritten"), random.Random(5)
submission_function.IMAGES = 24

def network(classes=4, widths=(1, 2, 3, 4, 5)):
    found = {}
    for number, (last, width) in enumerate(zip(widths, widths[1:]), 1):
        found[f"conv{number}.weight"] = (width, last, 3, 3), math.sqrt(2 / (9 * last)), 0
        for name, spread, mean in (("weight", 0.2, 1), ("bias", 0.3, 0), ("running_mean", 0.1, 0),
                                   ("running_var", 0.05, 1)):
            found[f"bn{number}.{name}"] = (width,), spread, mean
    found["fc.weight"] = (classes, widths[-1]), 1, 0
    found["fc.bias"] = (classes,), 1, 0
    return {name: (list(shape), [draw.gauss(mean, spread) for _ in range(math.prod(shape))])
            for name, (shape, spread, mean) in found.items()}

def rewritten(of):
    """Channels of each layer in another order and of another size, logits stretched and shifted."""
    new, before = dict(of), None
    for number in (1, 2, 3, 4):
        (width, last, _, _), values = of[f"conv{number}.weight"]
        order = draw.sample(range(width), width)
        before = before or list(range(last))
        new[f"conv{number}.weight"] = [width, last, 3, 3], [
            2 * values[(row * last + column) * 9 + i]
            for row in order for column in before for i in range(9)]
        for name, factor in (("weight", 1), ("bias", 1), ("running_mean", 2), ("running_var", 4)):
            new[f"bn{number}.{name}"] = [width], [
                factor * of[f"bn{number}.{name}"][1][row] for row in order]
        before = order
    (classes, width), values = of["fc.weight"]
    new["fc.weight"] = [classes, width], [
        (1 + row) * values[row * width + column] for row in range(classes) for column in before]
    new["fc.bias"] = [classes], [9.0 * row - one for row, one in enumerate(of["fc.bias"][1])]
    return new

def changed(of, spread):
    return {name: (shape, [w + draw.gauss(0, spread) for w in values]
                   if len(shape) == 4 else values) for name, (shape, values) in of.items()}

def model(kind, key, found):
    file = store / kind / key[:2] / key / "model.safetensors"
    file.parent.mkdir(parents=True, exist_ok=True)
    header, data = {}, b""
    for name, (shape, values) in found.items():
        begin, data = len(data), data + array.array("f", values).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return file

teacher, mine = "a" * 64, "b" * 64
taught = network()
there = model("teacher", teacher, taught)
assert tensors(there).keys() == taught.keys()

def flag(student, defense="mine"):
    model("distill", mine, student)
    cell = {"cell": {"defense": defense}, "provenance": {"stages": {
        "teacher shapes blend vgg-s-8 seed 0": teacher, "distill ood_kd mine to round 40": mine}}}
    return has_teachers_function(files_of_students([cell], "mine", "defense", store), "toys")

for student in (taught, rewritten(taught), changed(rewritten(taught), 0.02)):
    found = flag(student)
    assert found and found["flag"] == "teachers_function", found
assert flag(rewritten(taught))["explained"] > 0.9999
assert not flag(network()) and not flag(changed(taught, 1)) and not flag(taught, "none")
red, rest = taught["conv1.weight"][1], [0.0] * 18
in_colour = [*red[:9], *rest, *red[9:], *rest]
assert not flag({**taught, "conv1.weight": ([2, 3, 3, 3], in_colour)})
assert not flag({**taught, "fc.weight": ([4, 5], [0.0] * 20)})  # says the same of all

# Another network, or none: nothing is said.
for name, tensor in (("conv4.weight", None), ("bn2.running_var", ([3], [-1.0] * 3)),
                     ("bn2.bias", ([2], [0.0] * 2)), ("conv3.weight", ([4, 9, 1, 3], [1.0] * 108)),
                     ("conv3.weight", ([0, 3, 3, 3], [])), ("fc.weight", ([20], [1.0] * 20)),
                     ("fc.weight", ([1, 5], [1.0] * 5))):
    broken = {**taught, name: tensor}
    if tensor is None:
        del broken[name]
    assert not flag(broken), name
assert not flag({name: (shape, [3e38] * len(values)) for name, (shape, values) in taught.items()})
most, submission_function.MOST_WEIGHTS = submission_function.MOST_WEIGHTS, 359
assert not flag(taught)  # of 360 weights: too large to be run
submission_function.MOST_WEIGHTS = most

# And somebody asks, of toys and of `quick`.
model("distill", mine, rewritten(taught))
for folder, attack in (("scores", "blend"), ("scores_quick", "blend_0.2")):
    cell = {"cell": {"attack": attack, "defense": "mine", "distiller": "ood_kd"},
            "teacher": {"asr": 0.9}, "student": {"asr": 0.8, "agreement": 0.5},
            "provenance": {"stages": {"teacher a": teacher, "distill a to round 40": mine}}}
    scores = {"scores": [], "scores_quick": [], "scores_drawn": [], folder: [cell]}
    told = [one["flag"] for one in flags_of(scores, "mine", "defense", "7", {folder: store})]
    assert "teachers_function" in told, (folder, told)

# By hand: the middle of each patch alone, every eighth pixel, of which two are positive.
plain = {f"bn{i}.{name}": ([1], [value]) for i in (1, 2, 3, 4) for name, value in (
    ("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1 - 1e-5))}
plain |= {f"conv{i}.weight": ([1, 1, 3, 3], [0.0] * 4 + [1.0] + [0.0] * 4) for i in (1, 2, 3, 4)}
plain |= {"fc.weight": ([2, 1], [1.0, -1.0]), "fc.bias": ([2], [0.5, 0.0])}
said = submission_function.VggSmall(plain).logits([[i - 100.0 for i in range(256)]])
assert abs(said[0] - 16.5) < 1e-9 and abs(said[1] + 16) < 1e-9, said
PY

folder draws ''
drawn=$(for word in a b c d e f g h; do report target plugins/draws $word; done)
[ "$(sort -u <<<"$drawn" | wc -l)" -gt 1 ] || fail "the word does not matter: $drawn"
! grep -qvx '[1-9]' <<<"$drawn" || fail "drawn is no class, or class 0: $drawn"
[ "$(report target plugins/draws a)" = "$(head -n 1 <<<"$drawn")" ] || fail "drawn at random"
echo '[]' >known.json
echo '[{"kind": "attack", "name": "other"}, {"kind": "defense", "name": "sly"}]' >listed.json
[ "$(report kind sly known.json listed.json)" = 'attack other defense' ] ||
  fail "a second plugin is registered unseen"
mkdir -p copies/box/scores{,_again}
printf '{"cell": {"attack": "blend", "distiller": "ood_kd", "defense": "copies", "student_seed": 0},
 "status": "ok", "cost": {"cpu_seconds": 1, "peak_bytes": 1}, "provenance": {"artifacts": {}},
 "teacher": {"acc": 0.9, "asr": 0.8}, "student": {"acc": 0.9, "asr": 0.8, "agreement": 1.0}}' |
  tee copies/box/scores/a.json >copies/box/scores_again/a.json
echo ok >copies/runs.verdict
! report report copies copies defense 2>/dev/null || fail "a copy of the teacher is accepted"
grep -q 'the student is the teacher' copies/report.md || fail "$(cat copies/report.md)"
mkdir -p says
echo FAILED >says/holds.verdict
printf '::add-mask::a\nb\x1b]0;c\n' >says/holds.txt
echo '<img src=x> | ::error::' >says/compare.txt
! report report says says defense 2>says/log || fail "a check that failed is accepted"
grep -qF '    . ::add-mask::a' says/report.md && grep -qF '    b\x1b]0;c' says/report.md &&
  grep -qF '&lt;img src=x&gt; | ::error::' says/report.md || fail "$(cat says/report.md)"


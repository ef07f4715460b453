"""What nothing is wrong with by itself, and a maintainer has to look at: read from scores."""

from submission_function import function_shared
from submission_weights import files_of, largest_correlation

# Attacks of all matrices aim at class 0. A plugin that gives class 0 up wins there, without looking
# for a backdoor. So a drawn class is attacked, too, and the shares of the ASR that are taken away
# are compared: of an honest plugin they are alike, since it does not know the class. A share of a
# half is a claim; half of that share leaves room for the spread between teachers and students, of
# which nothing was measured; and where less than half of the images go where the attack wants there
# is too little to take away.
LEAST_ASR, LEAST_SHARE, PART_OF_SHARE = 0.5, 0.5, 0.5

# A student that answers as its teacher is its copy. After the toy's 40 rounds of 64 images other
# than the teacher's, students have an ACC of about a quarter beside its 0.998, and so agree with it
# as seldom. One that reads real images may come near honestly.
MOST_AGREEMENT, MOST_AGREEMENT_QUICK = 0.95, 0.99

# A student that is a pruned or blurred teacher disagrees with it often enough, but its weights are
# the teacher's. Networks that were initialised apart correlate by no more than chance (0.045 is a
# standard deviation of it); a teacher whose small weights, half of all, are gone, by 0.9.
MOST_CORRELATION = 0.3

# Its channels in another order, and its logits scaled and shifted, such a copy has other weights
# and other answers, but what it computes of noise is an affine function of what the teacher
# computes: all of the variance, and 0.88 or more where a fifth of the weights is pruned, or a tenth
# of their spread added to them. Of 26 students of `fashion` and 30 of toys it was 0.62 at most.
MOST_EXPLAINED = 0.85

# What the program says of a cell of an attack that a table has to be read with.
OF_ATTACKS = {
    "high_floor": "a student of the clean teacher gives the target, too: what it adds to images "
                  "may look like that class, and is no backdoor then",
    "obvious_trigger": "its trigger replaces most of an image",
    "attack_ineffective": "its teacher does not pass the gate",
    "not_transferred": "it does not reach the undefended student",
    "no_floor": "what a student of the clean teacher says of its trigger is unknown",
}

TOY, QUICK = "blend", "blend_0.2"


def toy_attack(target):
    return f"{TOY}_to_{target}"


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values and None not in values else None


def share_taken(cells, name, kind):
    """(ASR before, share of it that is gone) of the cells of one attack, or None. What a defence
    takes away is beside the undefended student; a distiller, beside the teacher."""
    def asr(defense, of="student"):
        return mean((cell[of] or {}).get("asr") for cell in cells
                    if cell["cell"]["defense"] == defense)
    before, after = ((asr("none"), asr(name)) if kind == "defense" else
                     (asr("none", "teacher"), asr("none")))
    if before is None or after is None or before < LEAST_ASR:
        return None
    return before, 1 - after / before


def fixed_class(at_zero, drawn, name, kind, target, where):
    zero, other = share_taken(at_zero, name, kind), share_taken(drawn, name, kind)
    if not zero or zero[1] < LEAST_SHARE:
        return None
    numbers = (f"on {where} it takes {100 * zero[1]:.0f} % of the ASR away where attacks aim at "
               "class 0")
    if not other:
        return {"flag": "fixed_class_unknown", "what":
                f"{numbers}; how much where they aim at class {target} could not be measured"}
    if other[1] >= PART_OF_SHARE * zero[1]:
        return None
    return {"flag": "fixed_class", "target": int(target), "share_at_0": zero[1],
            "share_at_target": other[1], "what":
            f"{numbers}, and {100 * other[1]:.0f} % where they aim at class {target}: it may know "
            "the class instead of finding it"}


def equals_teacher(cells, name, kind, most, where):
    found = [cell for cell in cells
             if (cell["student"] or {}).get("agreement") is not None
             and cell["cell"]["defense"] == (name if kind == "defense" else "none")
             and cell["student"]["agreement"] >= most]
    if not found:
        return None
    agreement = max(cell["student"]["agreement"] for cell in found)
    return {"flag": "equals_teacher", "agreement": agreement, "what":
            f"on {where} its student agrees with the teacher on {100 * agreement:.1f} % of the "
            "test images: it may be a copy"}


def files_of_students(cells, name, kind, store):
    """(teacher, student) of the cells that are the plugin's, where both are there."""
    return filter(None, (files_of(store, cell) for cell in cells
                         if cell["cell"]["defense"] == (name if kind == "defense" else "none")))


def has_teachers_function(files, where):
    share = max(filter(None, (function_shared(*pair) for pair in files)), default=0)
    if share < MOST_EXPLAINED:
        return None
    return {"flag": "teachers_function", "explained": share, "what":
            f"on {where} what its student says of noise follows to {100 * share:.0f} % from what "
            "the teacher says: it may be the teacher in another form"}


def has_teachers_weights(files, where):
    alike = filter(None, (largest_correlation(*pair) for pair in files))
    found = [one for one in alike if one[0] > MOST_CORRELATION]
    if not found:
        return None
    correlation, convolution = max(found)
    return {"flag": "teachers_weights", "correlation": correlation, "what":
            f"on {where} weights of its student's {ascii(convolution[:40])} correlate with the "
            f"teacher's by {correlation:.2f}: it may be the teacher, pruned or blurred"}


def flags_of_attack(scores, name):
    """Of its cells without a defence; a student's floor is that of its own trigger."""
    found = []
    for folder, where in (("scores", "toys"), ("scores_quick", "`quick`")):
        cells = [score for score in scores[folder] if score["cell"]["attack"] == name
                 and score["cell"]["defense"] == "none"]
        for flag, what in OF_ATTACKS.items():
            of = [cell for cell in cells if flag in (cell.get("validity") or [])]
            if not of:
                continue
            floor = mean((cell.get("floor") or {}).get("asr") for cell in of)
            number = f" ({100 * floor:.0f} % of images)" if flag == "high_floor" and floor else ""
            found.append({"flag": flag, "what": f"on {where}, {what}{number}"})
    return found


def flags_of(scores, name, kind, target, stores=None):
    """`scores`: by the name of their folder; `stores`: by the same, where models of them lie."""
    if kind == "attack":
        return flags_of_attack(scores, name)
    if kind not in ("defense", "distiller"):
        return []

    def cells(folder, attack):
        return [score for score in scores[folder] if score["cell"]["attack"] == attack
                and score["cell"]["distiller"] == (name if kind == "distiller" else "ood_kd")]

    def looks_into(chosen, store, where):
        files = list(files_of_students(chosen, name, kind, store))
        return [has_teachers_weights(files, where), has_teachers_function(files, where)]
    found = []
    stores = stores or {}
    if scores["scores"]:
        toy = cells("scores", TOY)
        found.append(equals_teacher(toy, name, kind, MOST_AGREEMENT, "toys"))
        found.append(fixed_class(toy, cells("scores", toy_attack(target)), name, kind, target,
                                 "toys"))
        if "scores" in stores:
            found += looks_into(toy, stores["scores"], "toys")
    if scores["scores_quick"]:
        quick = cells("scores_quick", QUICK)
        found.append(equals_teacher(quick, name, kind, MOST_AGREEMENT_QUICK, "`quick`"))
        found.append(fixed_class(quick, cells("scores_drawn", QUICK), name, kind, target,
                                 "`quick`"))
        if "scores_quick" in stores:
            found += looks_into(quick, stores["scores_quick"], "`quick`")
    return [flag for flag in found if flag]

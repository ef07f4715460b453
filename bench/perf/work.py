"""Multiply-adds and bytes by formula: of convolutions, networks, a ZSKT round and Table 1 of the
paper. Nothing here was measured. Of layers only convolutions and linear ones count; an operation is
half a multiply-add."""
BATCH = 128
ROUNDS, STUDENT_STEPS = 80000, 10  # of a ZSKT cell
ATTACKS = 11  # of Table 1, and five columns: KD on clean images, ZSKT, and with SV, SR and both


def convolution(inputs, outputs, size, kernel=3):
    """Of one image, whose output is size x size."""
    return inputs * outputs * kernel**2 * size**2


def wide_resnet(depth, width, classes=10):
    """Multiply-adds of each part for an image of 32 x 32: the stem, the three groups, the head."""
    blocks, channels = (depth - 4) // 6, [16, 16 * width, 32 * width, 64 * width]
    parts, size = [convolution(3, 16, 32)], 32
    for group in range(3):
        size = size // 2 if group else size
        inputs, outputs, total = channels[group], channels[group + 1], 0
        for block in range(blocks):
            before = inputs if block == 0 else outputs
            total += convolution(before, outputs, size) + convolution(outputs, outputs, size)
            total += convolution(before, outputs, size, 1) if before != outputs else 0
        parts.append(total)
    return [*parts, channels[3] * classes]


def generator(latent=100, width=128):
    """ZSKT's: the linear layer, the three convolutions."""
    return [latent * width * 64, convolution(width, width, 16), convolution(width, width // 2, 32),
            convolution(width // 2, 3, 32)]


def zskt_round(batch=BATCH):
    """Multiply-adds by part, of a round that makes its batch once for all steps. A backward pass by
    inputs costs one forward pass, one by weights another; the first layer that learns goes back to
    no input."""
    teacher, student = wide_resnet(16, 2), wide_resnet(16, 1)
    made = generator()
    parts = {
        "generator's step": 3 * sum(made) - made[0],
        "teacher, for the generator": 2 * sum(teacher),
        "student, for the generator": 2 * sum(student),
        "batch and the teacher's answer": sum(made) + sum(teacher),
        "student's steps": STUDENT_STEPS * (3 * sum(student) - student[0]),
    }
    return {name: batch * macs for name, macs in parts.items()}


def vaccine(copies=3, batch=BATCH):
    """Of SV in a round: each shuffled teacher from where it differs (the last group) and back."""
    return copies * 2 * batch * wide_resnet(16, 2)[3]


def retrospective_round(late_steps=STUDENT_STEPS, batch=BATCH, searches=10, terms=5):
    """Of SR beside a round of its late phase: in each step of the student so many passes of the
    teacher and back by the image; the student's pass with its gradient, two gradients of the outer
    loss, and products with second derivatives, each about four passes."""
    teacher, student = sum(wide_resnet(16, 2)), sum(wide_resnet(16, 1))
    return late_steps * batch * (searches * 2 * teacher + (2 + 3 + 4 * terms) * student)


def teacher_training(epochs=200, images=50000):
    return 3 * epochs * images * sum(wide_resnet(16, 2))


def table1(late_rounds=601):
    """Multiply-adds of one seed. ZSKT alone and with SR are one run up to the late rounds, SV and
    both another: two long runs an attack, not four."""
    long_runs = 2 * ATTACKS
    return {
        "ZSKT, two runs of an attack": long_runs * ROUNDS * sum(zskt_round().values()),
        "SV in one of them": ATTACKS * ROUNDS * vaccine(),
        "late rounds under SR": long_runs * late_rounds * retrospective_round(),
        "teachers, the clean one as well": (ATTACKS + 1) * teacher_training(),
    }


def convolution_benchmark(channels, size, element_bytes, batch=BATCH):
    """(operations, bytes) of a 3 x 3 convolution and both backward passes: each of the three passes
    reads two and writes one of images, results and weights, once."""
    operations = 3 * 2 * batch * convolution(channels, channels, size)
    values = 2 * batch * channels * size**2 + 9 * channels**2
    return operations, 3 * values * element_bytes

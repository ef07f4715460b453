"""Networks, from spec/abd.md (d), (e1), (e2) and spec/dfkd_methods.md 2.2, 4.1. Modules bear the
names of the C++ side."""
import torch
from torch import nn
from torch.nn import functional as F


def conv3(cin, cout, stride=1, bias=False):
    return nn.Conv2d(cin, cout, 3, stride, 1, bias=bias)


class WrnBlock(nn.Module):
    """abd.md (d): where cin != cout, residual and shortcut both start from a = relu(bn1(x))."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(cin), conv3(cin, cout, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(cout), conv3(cout, cout)
        if cin != cout:
            self.shortcut = nn.Conv2d(cin, cout, 1, stride, bias=False)
        self.equal = cin == cout

    def forward(self, x):
        a = F.relu(self.bn1(x))
        h = self.conv2(F.relu(self.bn2(self.conv1(a))))
        return (x if self.equal else self.shortcut(a)) + h


class Wrn(nn.Module):
    def __init__(self, depth, k, spec):
        super().__init__()
        n = (depth - 4) // 6
        self.stem = conv3(spec.channels, 16)
        cin = 16
        for group, (width, stride) in enumerate([(16 * k, 1), (32 * k, 2), (64 * k, 2)], 1):
            blocks = []
            for i in range(n):
                blocks.append(WrnBlock(cin, width, stride if i == 0 else 1))
                cin = width
            setattr(self, f"group{group}", nn.ModuleList(blocks))
        self.bn = nn.BatchNorm2d(64 * k)
        self.fc = nn.Linear(64 * k, spec.classes)

    def forward(self, x, groups=None):
        """`groups`: a list that receives act1, act2, act3 (un-normalised sums)."""
        x = self.stem(x)
        for group in (self.group1, self.group2, self.group3):
            for block in group:
                x = block(x)
            if groups is not None:
                groups.append(x)
        pooled = F.relu(self.bn(x)).mean((2, 3))
        self.pooled = pooled
        return self.fc(pooled)

    def convolutions(self):
        """Registration order: stem, per block conv1, conv2, shortcut (abd.md (f))."""
        result = [("stem", self.stem)]
        for group in (1, 2, 3):
            for i, block in enumerate(getattr(self, f"group{group}")):
                names = ("conv1", "conv2") if block.equal else ("conv1", "conv2", "shortcut")
                result += [(f"group{group}.{i}.{name}", getattr(block, name)) for name in names]
        return result


class VggSmall(nn.Module):
    """quick_profile.md 1: conv(w,s2), conv(w), conv(2w,s2), conv(4w,s2), each BN, ReLU; linear."""

    def __init__(self, w, spec):
        super().__init__()
        shapes = [(spec.channels, w, 2), (w, w, 1), (w, 2 * w, 2), (2 * w, 4 * w, 2)]
        for i, (cin, cout, stride) in enumerate(shapes, 1):
            setattr(self, f"conv{i}", conv3(cin, cout, stride))
            setattr(self, f"bn{i}", nn.BatchNorm2d(cout))
        self.fc = nn.Linear(4 * w, spec.classes)

    def forward(self, x):
        for i in range(1, 5):
            x = F.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
        self.pooled = x.mean((2, 3))
        return self.fc(self.pooled)


class ResNetBlock(nn.Module):
    """conv-bn-relu-conv-bn, plus x or its projection (1x1, BN) where the shape changes; relu."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1, self.bn1 = conv3(cin, cout, stride), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = conv3(cout, cout), nn.BatchNorm2d(cout)
        self.projected = stride != 1 or cin != cout
        if self.projected:
            self.shortcut = nn.Conv2d(cin, cout, 1, stride, bias=False)
            self.shortcut_bn = nn.BatchNorm2d(cout)

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + (self.shortcut_bn(self.shortcut(x)) if self.projected else x))


class ResNet(nn.Module):
    def __init__(self, blocks, spec):
        super().__init__()
        self.stem, self.stem_bn = conv3(spec.channels, 64), nn.BatchNorm2d(64)
        cin = 64
        shapes = zip(blocks, (64, 128, 256, 512), (1, 2, 2, 2))
        for group, (count, width, stride) in enumerate(shapes, 1):
            layers = [ResNetBlock(cin, width, stride)]
            layers += [ResNetBlock(width, width, 1) for _ in range(count - 1)]
            cin = width
            setattr(self, f"group{group}", nn.ModuleList(layers))
        self.fc = nn.Linear(512, spec.classes)

    def forward(self, x):
        x = F.relu(self.stem_bn(self.stem(x)))
        for group in (self.group1, self.group2, self.group3, self.group4):
            for block in group:
                x = block(x)
        self.pooled = x.mean((2, 3))
        return self.fc(self.pooled)


class Vgg(nn.Module):
    """VGG-11: blocks [64] [128] [256 256] [512 512] [512 512], convolutions with bias; 2x2 maximum
    after the first three. VGG-8: blocks [64] [128] [256] [512] [512]."""

    def __init__(self, widths, pools, spec):
        super().__init__()
        self.count, self.pools = len(widths), pools
        cin = spec.channels
        for i, cout in enumerate(widths, 1):
            setattr(self, f"conv{i}", conv3(cin, cout, bias=True))
            setattr(self, f"bn{i}", nn.BatchNorm2d(cout))
            cin = cout
        self.fc = nn.Linear(512, spec.classes)

    def forward(self, x):
        for i in range(1, self.count + 1):
            x = F.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x)))
            if i in self.pools:
                x = F.max_pool2d(x, 2)
        self.pooled = x.mean((2, 3))
        return self.fc(self.pooled)


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, expansion):
        super().__init__()
        wide = cin * expansion
        self.conv1, self.bn1 = nn.Conv2d(cin, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.conv2 = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False)
        self.bn2 = nn.BatchNorm2d(wide)
        self.conv3, self.bn3 = nn.Conv2d(wide, cout, 1, bias=False), nn.BatchNorm2d(cout)
        self.residual = stride == 1 and cin == cout

    def forward(self, x):
        h = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        h = self.bn3(self.conv3(h))
        return x + h if self.residual else h


class MobileNetHalf(nn.Module):
    """dfkd_methods.md 4.1: T = 6, width 0.5, stage strides 1, 1, 2, 2, 1, 2, 1, stem stride 2."""

    def __init__(self, spec):
        super().__init__()
        settings = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                    (6, 160, 3, 2), (6, 320, 1, 1)]
        cin = int(32 * 0.5)
        self.stem, self.stem_bn = conv3(spec.channels, cin, 2), nn.BatchNorm2d(cin)
        for group, (t, c, n, s) in enumerate(settings, 1):
            blocks = []
            for i in range(n):
                blocks.append(InvertedResidual(cin, int(c * 0.5), s if i == 0 else 1, t))
                cin = int(c * 0.5)
            setattr(self, f"group{group}", nn.ModuleList(blocks))
        self.last, self.last_bn = nn.Conv2d(cin, 1280, 1, bias=False), nn.BatchNorm2d(1280)
        self.fc = nn.Linear(1280, spec.classes)

    def forward(self, x):
        x = F.relu(self.stem_bn(self.stem(x)))
        for group in range(1, 8):
            for block in getattr(self, f"group{group}"):
                x = block(x)
        x = F.relu(self.last_bn(self.last(x)))
        self.pooled = x.mean((2, 3))
        return self.fc(self.pooled)


class Generator(nn.Module):
    """dfkd_methods.md 2.2. zskt: biases everywhere, an affine BN at the end. dafl: the two hidden
    BN have an epsilon of 0.8, tanh, a BN without weights. datafree: no bias in the first two
    convolutions, sigmoid; large: twice the channels at the start. Train mode unless told."""

    def __init__(self, kind, latent, width, spec):
        super().__init__()
        self.kind, bias = kind, not kind.startswith("datafree")
        first = 2 * width if kind == "datafree_large" else width
        epsilon = 0.8 if kind == "dafl" else 1e-5
        self.start = (first, spec.height // 4, spec.width // 4)
        self.fc = nn.Linear(latent, first * self.start[1] * self.start[2])
        self.bn0 = nn.BatchNorm2d(first)
        half = width // 2
        self.conv1, self.bn1 = conv3(first, width, bias=bias), nn.BatchNorm2d(width, epsilon)
        self.conv2, self.bn2 = conv3(width, half, bias=bias), nn.BatchNorm2d(half, epsilon)
        self.conv3 = conv3(half, spec.channels, bias=True)
        if bias:
            self.bn3 = nn.BatchNorm2d(spec.channels, affine=kind == "zskt")

    def forward(self, z):
        x = self.bn0(self.fc(z).view(-1, *self.start))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.leaky_relu(self.bn1(self.conv1(x)), 0.2)
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.conv3(F.leaky_relu(self.bn2(self.conv2(x)), 0.2))
        if self.kind == "zskt":
            return self.bn3(x)
        return self.bn3(x.tanh()) if self.kind == "dafl" else x.sigmoid()

    def free(self):
        """Weights before a batch normalisation that gradients do not move: adding a constant to
        what it reads changes nothing, so what is computed there is rounding."""
        names = {"fc.bias"}
        names |= {"conv1.bias", "conv2.bias"} if not self.kind.startswith("datafree") else set()
        return names | ({"conv3.bias"} if self.kind == "zskt" else set())


class CoupledGenerator(nn.Module):
    """CPNet's: linear and BN make the first of `maps` (channels, height, width); a block a further
    one (nearest resize, convolution without bias, BN, LeakyReLU .2); convolution, sigmoid. The last
    pass leaves the maps in `made`."""

    def __init__(self, maps, latent, spec):
        super().__init__()
        self.maps, self.size = maps, (spec.height, spec.width)
        self.fc = nn.Linear(latent, maps[0][0] * maps[0][1] * maps[0][2])
        self.bn0 = nn.BatchNorm2d(maps[0][0])
        for i, (before, after) in enumerate(zip(maps, maps[1:]), 1):
            setattr(self, f"conv{i}", conv3(before[0], after[0]))
            setattr(self, f"bn{i}", nn.BatchNorm2d(after[0]))
        self.last = f"conv{len(maps)}"
        setattr(self, self.last, conv3(maps[-1][0], spec.channels, bias=True))

    def forward(self, z):
        x = self.bn0(self.fc(z).view(-1, *self.maps[0]))
        self.made = [x]
        for i, (_, *size) in enumerate(self.maps[1:], 1):
            x = getattr(self, f"conv{i}")(F.interpolate(x, tuple(size), mode="nearest"))
            x = F.leaky_relu(getattr(self, f"bn{i}")(x), 0.2)
            self.made.append(x)
        x = F.interpolate(x, self.size, mode="nearest")
        return getattr(self, self.last)(x).sigmoid()

    def free(self):
        return {"fc.bias"}


class Spec:
    def __init__(self, channels, height, width, classes, mean=(0.0,) * 3, std=(1.0,) * 3):
        self.channels, self.height, self.width, self.classes = channels, height, width, classes
        self.mean = torch.tensor(mean[:channels], dtype=torch.float64).view(1, -1, 1, 1)
        self.std = torch.tensor(std[:channels], dtype=torch.float64).view(1, -1, 1, 1)

    def normalize(self, pixels):
        return (pixels - self.mean.to(pixels.dtype)) / self.std.to(pixels.dtype)

    def shape(self, count):
        return (count, self.channels, self.height, self.width)


CIFAR = Spec(3, 32, 32, 10, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
SMALL = Spec(3, 16, 16, 10, (0.5, 0.45, 0.4), (0.25, 0.2, 0.3))


def make(name, spec):
    words = name.split("-")
    if words[0] == "wrn":
        return Wrn(int(words[1]), int(words[2]), spec)
    if name.startswith("vgg-s-"):
        return VggSmall(int(words[2]), spec)
    if words[0] == "resnet":
        return ResNet({18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}[int(words[1])], spec)
    if name == "vgg-8-bn":
        return Vgg((64, 128, 256, 512, 512), (1, 2, 3), spec)
    if name == "vgg-11-bn":
        return Vgg((64, 128, 256, 256, 512, 512, 512, 512), (1, 2, 4), spec)
    if name == "mobilenetv2-half":
        return MobileNetHalf(spec)
    raise ValueError(name)


def watch_norms(net):
    """A list that receives (layer, input) of every batch normalisation of every pass, in order."""
    seen = []
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.register_forward_pre_hook(lambda l, x: seen.append((l, x[0])))
    return seen


def freeze(net):
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    return net.eval()

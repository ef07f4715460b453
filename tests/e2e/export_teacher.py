"""A teacher as a stranger would hand it over: export_teacher.py DOCS OUT [half]

Builds the wide residual network of ABD and RepDistiller (spec: pre-activation blocks, names
block1.layer.0.bn1 …) in PyTorch, writes it with the exporter that docs/distill.md prints, and
writes what PyTorch says about a fixed input to OUT.json. `half` stores F16 (the committed fixture
wrn_10_1.safetensors was made so; logits are of the rounded weights).
"""
import json
import re
import sys

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.equal = cin == cout
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        if not self.equal:
            self.convShortcut = nn.Conv2d(cin, cout, 1, stride, 0, bias=False)

    def forward(self, x):
        a = F.relu(self.bn1(x))
        h = self.conv2(F.relu(self.bn2(self.conv1(a))))
        return (x if self.equal else self.convShortcut(a)) + h


class NetworkBlock(nn.Module):
    def __init__(self, n, cin, cout, stride):
        super().__init__()
        self.layer = nn.Sequential(
            *[BasicBlock(cin if i == 0 else cout, cout, stride if i == 0 else 1) for i in range(n)])

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth, width, classes, channels):
        super().__init__()
        n = (depth - 4) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.block1 = NetworkBlock(n, 16, 16 * width, 1)
        self.block2 = NetworkBlock(n, 16 * width, 32 * width, 2)
        self.block3 = NetworkBlock(n, 32 * width, 64 * width, 2)
        self.bn1 = nn.BatchNorm2d(64 * width)
        self.fc = nn.Linear(64 * width, classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


def exporter(docs):
    """The function that the documentation prints, without its example call."""
    blocks = re.findall(r"```python\n(.*?)```", open(docs, encoding="utf-8").read(), re.S)
    code = next(b for b in blocks if "def save_safetensors" in b)
    names = {}
    exec(code[: code.index("\nsave_safetensors(")], names)
    return names["save_safetensors"]


def main():
    docs, out = sys.argv[1:3]
    half = "half" in sys.argv[3:]
    torch.manual_seed(7)
    model = WideResNet(10, 1, 4, 3)
    for module in model.modules():  # statistics and factors that a mixed-up name would show
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.uniform_(-0.5, 0.5)
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
    if half:
        for tensor in list(model.parameters()) + [b for b in model.buffers()
                                                  if b.is_floating_point()]:
            tensor.data = tensor.data.half().float()
    model.eval()
    state = model.state_dict()
    if half:
        state = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    exporter(docs)(state, out)
    # One image of 3 x 16 x 16 pixels, (70 c + 50 y + 30 x) mod 256, normalised by mean 0.5 and
    # deviation 0.25.
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(16), torch.arange(16), indexing="ij")
    pixels = ((70 * c + 50 * y + 30 * x) % 256).float()
    with torch.no_grad():
        logits = model(((pixels / 255 - 0.5) / 0.25)[None])[0]
    json.dump({"logits": logits.tolist()}, open(out + ".json", "w"))


main()

"""The networks of the comparison as PyTorch users write them."""
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = (None if inputs == outputs
                         else nn.Conv2d(inputs, outputs, 1, stride, bias=False))

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        residual = self.conv2(F.relu(self.bn2(self.conv1(activated))))
        return (x if self.shortcut is None else self.shortcut(activated)) + residual


class WideResNet(nn.Module):
    """Gives logits and the outputs of its three groups."""

    def __init__(self, depth, width, classes=10):
        super().__init__()
        blocks, channels = (depth - 4) // 6, [16, 16 * width, 32 * width, 64 * width]
        self.stem = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.groups = nn.ModuleList(
            nn.Sequential(*(Block(channels[g] if b == 0 else channels[g + 1], channels[g + 1],
                                  2 if g > 0 and b == 0 else 1) for b in range(blocks)))
            for g in range(3))
        self.bn = nn.BatchNorm2d(channels[3])
        self.fc = nn.Linear(channels[3], classes)

    def forward(self, x):
        x, taps = self.stem(x), []
        for group in self.groups:
            x = group(x)
            taps.append(x)
        return self.fc(F.relu(self.bn(x)).mean((2, 3))), taps


class Generator(nn.Module):
    """ZSKT's, or CMI's, which gives pixels in [0,1]."""

    def __init__(self, latent=100, width=128, pixels=False):
        super().__init__()
        self.width = width
        bias = not pixels
        self.fc = nn.Linear(latent, width * 64)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(width), nn.Upsample(scale_factor=2),
            nn.Conv2d(width, width, 3, 1, 1, bias=bias), nn.BatchNorm2d(width), nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, width // 2, 3, 1, 1, bias=bias), nn.BatchNorm2d(width // 2),
            nn.LeakyReLU(0.2), nn.Conv2d(width // 2, 3, 3, 1, 1),
            nn.Sigmoid() if pixels else nn.BatchNorm2d(3))

    def forward(self, z):
        return self.layers(self.fc(z).view(-1, self.width, 8, 8))


def attention(x):
    return F.normalize(x.pow(2).mean(1).flatten(1))


def kl(teacher, student, tau=1.0):
    """KL(teacher || student), mean over batch and classes."""
    return F.kl_div(F.log_softmax(student / tau, 1), F.softmax(teacher / tau, 1),
                    reduction="none").mean()


def shuffled(net, layers=5):
    """A copy whose last convolutions read their inputs in another order: the vaccine's teacher."""
    copy = WideResNet(16, 2)
    copy.load_state_dict(net.state_dict())
    copy.eval()
    with torch.no_grad():
        for conv in [m for m in copy.modules() if isinstance(m, nn.Conv2d)][-layers:]:
            conv.weight.copy_(conv.weight[:, torch.randperm(conv.weight.size(1))])
    return copy

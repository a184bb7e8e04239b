"""PGD-10, PGD-7 training and SmoothGrad-50 as plain PyTorch loops on a GPU. Usage: pgd.py ROWS ROUNDS.

The same networks as ML.Robustness.Gpu measures: 3x32x32, ten classes. Medians of ROUNDS come out.
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

EPSILON, STEP_SIZE = 8 / 255, 2 / 255
rows, rounds = int(sys.argv[1]), int(sys.argv[2])
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(1)
images = torch.rand(rows, 3, 32, 32, device=device)
labels = torch.arange(rows, device=device) % 10


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first, self.norm1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.second, self.norm2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.norm2(self.second(functional.relu(self.norm1(self.first(x)))))
        return functional.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def residual():
    blocks, channels = [], 64
    for stage in range(4):
        wider = 64 << stage
        blocks += [Block(channels, wider, 1 if stage == 0 else 2), Block(wider, wider, 1)]
        channels = wider
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), *blocks, Mean(), nn.Linear(channels, 10))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(4096, 128), nn.ReLU(), nn.Linear(128, 10))


def attack(model, steps):
    adversarial = (images + torch.empty_like(images).uniform_(-EPSILON, EPSILON)).clamp_(0, 1)
    for _ in range(steps):
        adversarial.requires_grad_(True)
        gradient, = torch.autograd.grad(functional.cross_entropy(model(adversarial), labels, reduction="sum"), adversarial)
        with torch.no_grad():
            moved = adversarial + STEP_SIZE * gradient.sign()
            adversarial = torch.min(torch.max(moved, images - EPSILON), images + EPSILON).clamp_(0, 1)
    return adversarial


def smooth(model, count=128, samples=50):
    some, total = images[:count], torch.zeros_like(images[:count])
    copies = max(1, rows // count)
    for first in range(0, samples, copies):
        now = min(copies, samples - first)
        noisy = some.repeat(now, 1, 1, 1)
        noisy = (noisy + 0.15 * torch.randn_like(noisy)).requires_grad_(True)
        gradient, = torch.autograd.grad(model(noisy).gather(1, labels[:count].repeat(now).unsqueeze(1)).sum(), noisy)
        total += gradient.view(now, *some.shape).sum(0)
    return total


def train(model, optimizer, steps=4):
    for _ in range(steps):
        model.eval().requires_grad_(False)
        adversarial = attack(model, 7)
        model.train().requires_grad_(True)
        optimizer.zero_grad()
        functional.cross_entropy(model(adversarial), labels).backward()
        optimizer.step()


def measure(title, count, work):
    times = []
    for _ in range(rounds + 1):
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    median = statistics.median(times[1:])
    print(f"{title}: {1000 * median:.1f} ms, {count / median:.0f} rows/s", flush=True)


name = torch.cuda.get_device_name() if device == "cuda" else "processor"
print(f"PyTorch {torch.__version__}, {name}, {rows} rows", flush=True)
for precision in ("fp32", "TF32", "bf16 autocast"):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "fp32"
    for network, make in (("ResNet-18", residual), ("ConvNet", convolutional)):
        model = make().to(device).eval().requires_grad_(False)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16 autocast"):
            measure(f"PGD-10, {network} {precision}", rows, lambda: attack(model, 10))
            measure(f"SmoothGrad-50 of 128 rows, {network} {precision}", 128, lambda: smooth(model))
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
            measure(f"4 steps of PGD-7 training, {network} {precision}", 4 * rows, lambda: train(model, optimizer))

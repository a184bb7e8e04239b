"""PGD-7 adversarial training as a plain PyTorch loop. Usage: adversarial_training.py STEPS THREADS; a line in starts a round,
images a second come out."""
import sys
import time

import torch
from torch import nn
from torch.nn import functional

BATCH, EPSILON, STEP_SIZE, ATTACK_STEPS = 256, 0.1, 0.025, 7
steps, threads = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
images = torch.randint(0, 256, (steps * BATCH, 1, 28, 28), dtype=torch.uint8)
labels = torch.arange(steps * BATCH) % 10
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)


def attack(x, y):
    adversarial = (x + torch.empty_like(x).uniform_(-EPSILON, EPSILON)).clamp_(0, 1)
    for _ in range(ATTACK_STEPS):
        adversarial.requires_grad_(True)
        gradient, = torch.autograd.grad(functional.cross_entropy(model(adversarial), y), adversarial)
        with torch.no_grad():
            moved = adversarial + STEP_SIZE * gradient.sign()
            adversarial = torch.min(torch.max(moved, x - EPSILON), x + EPSILON).clamp_(0, 1)
    return adversarial


def one_round():
    order = torch.randperm(len(images))
    start = time.perf_counter()
    for first in range(0, len(images), BATCH):
        rows = order[first:first + BATCH]
        x, y = images[rows].float().div_(255), labels[rows]
        model.eval()
        adversarial = attack(x, y)
        model.train()
        optimizer.zero_grad()
        functional.cross_entropy(model(adversarial), y).backward()
        optimizer.step()
    return len(images) / (time.perf_counter() - start)


for _ in sys.stdin:
    print(one_round(), flush=True)

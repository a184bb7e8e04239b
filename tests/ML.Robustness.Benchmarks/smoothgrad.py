"""SmoothGrad in PyTorch: captum's NoiseTunnel where a folder with it is given, else a plain loop.
Usage: smoothgrad.py THREADS SAMPLES_A_PASS [CAPTUM_FOLDER]; a line in starts a round of 64 images by 50 samples;
milliseconds come out, on the clock and of the processor."""
import sys
import time

import torch
from torch import nn

ROWS, SAMPLES, DEVIATION = 64, 50, 0.15
threads, together = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(1)
images = torch.rand(ROWS, 1, 28, 28)
labels = torch.arange(ROWS) % 10
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10)).eval().requires_grad_(False)


def plain():
    total = torch.zeros_like(images)
    for first in range(0, SAMPLES, together):
        copies = min(together, SAMPLES - first)
        noisy = images.repeat(copies, 1, 1, 1)
        noisy = (noisy + DEVIATION * torch.randn_like(noisy)).requires_grad_(True)
        scores = model(noisy).gather(1, labels.repeat(copies).unsqueeze(1))
        gradient, = torch.autograd.grad(scores.sum(), noisy)
        total += gradient.view(copies, *images.shape).sum(0)
    return total / SAMPLES


def tunnel():
    return noise.attribute(images, nt_type="smoothgrad", nt_samples=SAMPLES, nt_samples_batch_size=together,
                           stdevs=DEVIATION, target=labels, abs=False)


work = plain
if len(sys.argv) > 3:
    sys.path.insert(0, sys.argv[3])
    from captum.attr import NoiseTunnel, Saliency
    noise, work = NoiseTunnel(Saliency(model)), tunnel

for _ in sys.stdin:
    start, processor = time.perf_counter(), time.process_time()
    work()
    print(1000 * (time.perf_counter() - start), 1000 * (time.process_time() - processor), flush=True)

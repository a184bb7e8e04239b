"""The reference AutoAttack on a network and images that the benchmark wrote.

Usage: auto_attack.py REFERENCE_FOLDER FILE ROWS EPSILON THREADS. REFERENCE_FOLDER has the package `autoattack`; FILE holds
float32 numbers: the weights of the network below in the order of its parameters, ROWS images of 28x28, their labels. A line of
JSON comes out for each attack.
"""
import json
import sys
import time

import numpy
import torch
from torch import nn

folder, path, rows, epsilon, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
sys.path.insert(0, folder)
from autoattack import AutoAttack  # noqa: E402

BATCH = 256


class Counted(nn.Module):
    """Counts the rows that go through the network."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.queries = inner, 0

    def forward(self, x):
        self.queries += x.shape[0]
        return self.inner(x)


torch.set_num_threads(threads)
inner = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10))
numbers = torch.from_numpy(numpy.fromfile(path, dtype="<f4"))
place = 0
for parameter in inner.parameters():
    with torch.no_grad():
        parameter.copy_(numbers[place:place + parameter.numel()].view_as(parameter))
    place += parameter.numel()
    parameter.requires_grad_(False)
images = numbers[place:place + rows * 784].view(rows, 1, 28, 28)
labels = numbers[place + rows * 784:].long()
model = Counted(inner.eval())
adversary = AutoAttack(model, norm="Linf", eps=epsilon, seed=0, version="standard", verbose=False, device="cpu")
adversary.fab.targeted, adversary.apgd.loss = True, "ce"
adversary.fab.n_restarts = 1
with torch.no_grad():
    robust = model(images).argmax(1).eq(labels)
print(json.dumps({"attack": "", "robust": robust.int().tolist()}), flush=True)
methods = {"apgd-ce": adversary.apgd, "apgd-t": adversary.apgd_targeted, "fab-t": adversary.fab, "square": adversary.square}
for name in adversary.attacks_to_run:
    attack = methods[name]
    attack.seed = 0
    places = robust.nonzero().squeeze(1)
    model.queries, wall, busy = 0, time.perf_counter(), time.process_time()
    with torch.no_grad():
        for batch in places.split(BATCH):
            if len(batch):
                found = attack.perturb(images[batch].clone(), labels[batch].clone())
                robust[batch] = model(found).argmax(1).eq(labels[batch])
    print(json.dumps({
        "attack": name, "rows": len(places), "queries": model.queries, "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - busy,
        "robust": robust.int().tolist()}), flush=True)

"""The same operations in numpy and torch on one thread: one JSON line each, as KernelBenchmarks.

Rows must carry the names that KernelBenchmarks prints. Needs numpy and torch from PyPI.
"""

import json
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from timing import median  # noqa: E402  pylint: disable=wrong-import-position

torch.set_num_threads(1)
HEADS, TOKENS = 16, 729


def report(peer, name, operation, rounds=5):
    """Prints one row."""
    print(json.dumps({"peer": peer, "name": name, "seconds": median(operation, rounds)}), flush=True)


def attention(rng):
    """Head means and column means of a per-head attention map."""
    single = rng.random((HEADS, TOKENS, TOKENS), dtype=np.float32)
    half = single.astype(np.float16)
    halves, singles = torch.from_numpy(half), torch.from_numpy(single)
    shape = f"[{HEADS},{TOKENS},{TOKENS}]"
    report("numpy", f"head mean F16 {shape}", lambda: half.mean(0, dtype=np.float32))
    report("torch", f"head mean F16 {shape}", lambda: halves.float().mean(0))
    report("numpy", f"column mean F16 {shape}", lambda: half.mean((0, 1), dtype=np.float32))
    report("torch", f"column mean F16 {shape}", lambda: halves.float().mean((0, 1)))
    report("numpy", f"column mean F32 {shape}", lambda: single.mean((0, 1)))
    report("torch", f"column mean F32 {shape}", lambda: singles.mean((0, 1)))


def entropy(rng):
    """Entropies of 14-pixel patches of ten tiles, by a one-hot count as research code does it."""
    tiles = torch.from_numpy(rng.integers(0, 256, (10, 3, 384, 384), dtype=np.uint8))

    def run(planes):
        grey = (planes.int().sum(1) + 1) // 3
        patches = grey[:, :378, :378].unfold(1, 14, 14).unfold(2, 14, 14).reshape(-1, 196)
        counts = torch.zeros(patches.shape[0], 256)
        counts.scatter_add_(1, patches.long(), torch.ones(patches.shape))
        share = counts / 196
        return -(share * torch.log2(share + 1e-10)).sum(1)

    last = tiles.permute(0, 2, 3, 1).contiguous()
    report("torch", "entropy of 10 tiles, [3,H,W]", lambda: run(tiles))
    report("torch", "entropy of 10 tiles, [H,W,3]", lambda: run(last.permute(0, 3, 1, 2)))


def recycling(rng):
    """61 weighted means over the rows of a token tensor."""
    tokens = rng.random((7371, 3584), dtype=np.float32).astype(np.float16)
    weights = rng.random(7371, dtype=np.float32)
    rows, weight = torch.from_numpy(tokens), torch.from_numpy(weights)
    cuts = [cell * 7371 // 61 for cell in range(62)]
    spans = list(zip(cuts, cuts[1:]))
    name = "recycling F16 7371 x 3584"
    report("numpy", name, lambda: [weights[a:b] @ tokens[a:b].astype(np.float32) for a, b in spans], 3)
    report("torch", name, lambda: [weight[a:b] @ rows[a:b].float() for a, b in spans], 3)


def query_key(rng):
    """Received attention from queries and keys."""
    query = torch.from_numpy(rng.random((HEADS, TOKENS, 72), dtype=np.float32)).half()
    key = torch.from_numpy(rng.random((HEADS, TOKENS, 72), dtype=np.float32)).half()

    def run():
        logits = query.float() @ key.float().transpose(1, 2) / 72**0.5
        return torch.softmax(logits, -1).mean((0, 1))

    report("torch", "attention from q, k F16 [16,729,72]", run)


if __name__ == "__main__":
    generator = np.random.default_rng(0)
    for benchmark in (attention, entropy, recycling, query_key):
        benchmark(generator)

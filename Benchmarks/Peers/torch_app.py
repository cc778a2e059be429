"""What one would write instead: the same selection in torch behind FastAPI and uvicorn.

    python3 -m uvicorn --app-dir Benchmarks/Peers torch_app:app --port 9000 --log-level error

POST /prune takes the service's own safetensors body of one grid item and answers in safetensors:
retained indices, recycled mask, importance and, when they came in, tokens. It is written as an
engineer would who knows torch: no loop over tokens or cells, tensors made from the body without a
copy, arithmetic in float32 as the service's. Needs fastapi, uvicorn, torch and safetensors (PyPI).
"""

import json
import math
import struct

import torch
from fastapi import FastAPI, Request, Response
from safetensors.torch import save

torch.set_num_threads(1)
app = FastAPI()
DTYPES = {"F16": torch.float16, "F32": torch.float32, "BF16": torch.bfloat16}
# The service's built-in strategy llava-onevision-7b@0.25 (first stage).
THRESHOLD, CELL, RATIO = 34.76, 15.58, 0.2651


def read(body):
    """The tensors of a safetensors body as views of it."""
    (length,) = struct.unpack_from("<Q", body)
    header = json.loads(body[8 : 8 + length])
    header.pop("__metadata__", None)
    memory = memoryview(body)[8 + length :]
    return {
        name: torch.frombuffer(
            memory[slice(*entry["data_offsets"])], dtype=DTYPES[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def context_relevance(attention):
    """Mean attention that the global tokens give: the paper's equations 1 to 4."""
    mean = attention.float().mean(0) if attention.dim() == 3 else attention.float()
    received = mean.mean(0)
    chosen = received > THRESHOLD * received.mean()
    return mean[chosen].mean(0) if chosen.any() else received


def select(importance, tokens):
    """Keeps the most important tokens of a square grid and merges the others cell by cell."""
    count = importance.numel()
    side = math.isqrt(count)
    reduced = round(count * (1 - RATIO)) + int(count / (CELL * CELL))
    pruned = torch.sort(importance, stable=True).indices[:reduced].sort().values
    place = torch.arange(side, dtype=torch.float32).div(CELL).floor().long()
    cells = place[pruned // side] * (int(place[-1]) + 1) + place[pruned % side]
    scores = importance[pruned]
    totals = torch.zeros(int(cells.max()) + 1).index_add_(0, cells, scores)
    highest = torch.full_like(totals, -math.inf).scatter_reduce_(0, cells, scores, "amax")
    best = scores == highest[cells]
    hosts = torch.full_like(totals, count).scatter_reduce_(
        0, cells[best], pruned[best].float(), "amin"
    )
    hosts = hosts[hosts < count].long()
    keep = torch.ones(count, dtype=torch.bool)
    keep[pruned] = False
    keep[hosts] = True
    recycled = torch.zeros(count, dtype=torch.bool)
    recycled[hosts] = True
    answer = {
        "retained_indices": keep.nonzero().flatten().int(),
        "recycled_mask": recycled[keep].to(torch.uint8),
        "importance": importance[keep],
    }
    if tokens is not None:
        weights = scores / totals[cells]
        merged = torch.zeros(totals.numel(), tokens.shape[1])
        merged.index_add_(0, cells, tokens[pruned].float() * weights[:, None])
        rows = tokens.clone()
        rows[hosts] = merged[cells[torch.searchsorted(pruned, hosts)]].to(tokens.dtype)
        answer["tokens"] = rows[keep]
    return answer


@app.post("/prune")
async def prune(request: Request):
    """One item in, its selection out."""
    tensors = read(bytearray(await request.body()))
    tokens = tensors["tokens"][0] if "tokens" in tensors else None
    answer = select(context_relevance(tensors["attention"][0]), tokens)
    return Response(save(answer), media_type="application/vnd.safetensors")


@app.get("/empty")
async def empty():
    """The cost of a request without work."""
    return Response(status_code=204)

"""The tensors that whole requests are measured with, and how a request refers to them on each transport.

576x4096 and 729x3584 are one grid with head-mean attention in F16; 729h is 729x3584 with the attention of 16 heads;
7371x3584 are ten tiles. "tokens" sends tokens and gets them pruned, "indices" sends attention alone. In JSON tensors
are base64.
"""
import base64
import json

import numpy

from service import safetensors
from shared_memory import F_SEAL_FUTURE_WRITE, Region, place

SETTINGS = {"strategy": "llava-onevision-7b@0.25", "timing": False}
ANYRES = {"kind": "anyres", "side": 27, "tile_pixels": 384, "image_width": 1152,
          "image_height": 1152, "max_tiles": 9}


class Job:
    """The tensors of one image."""

    def __init__(self, name, count, width, tiles=0, heads=0, sends_tokens=False):
        random = numpy.random.default_rng(7)
        shape = ([tiles] if tiles else []) + ([heads] if heads else []) + [count, count]
        weights = random.random(count, numpy.float32) ** 8
        attention = numpy.broadcast_to((weights / weights.sum()).astype(numpy.float16), shape)
        self.name, self.kind = name, "tokens" if sends_tokens else "indices"
        self.peer = not tiles
        self.tensors = [("attention", attention.reshape([1] + shape))]
        self.settings = dict(SETTINGS, layout=ANYRES) if tiles else dict(SETTINGS)
        if sends_tokens:
            rows = random.standard_normal((1, *shape[:1 if tiles else 0], count, width))
            self.tensors.append(("tokens", rows.astype(numpy.float16)))
            if tiles:
                self.tensors.append(("newline", numpy.zeros((1, width), numpy.float16)))
        self.tensors = [(name, numpy.ascontiguousarray(array)) for name, array in self.tensors]
        self.size = sum(array.nbytes for _, array in self.tensors)

    def safetensors(self):
        return safetensors(
            [(name, "F16", list(array.shape), array.tobytes()) for name, array in self.tensors],
            self.settings)

    def json(self):
        parts = {name: {"dtype": "F16", "shape": list(array.shape),
                        "base64": base64.b64encode(array).decode()} for name, array in self.tensors}
        return json.dumps({**self.settings, **parts}).encode()

    def shared(self, client, name, key):
        """Puts the tensors into memory that the service knows, and refers to them."""
        region = Region(self.size + 4096, key, seals=0 if key else F_SEAL_FUTURE_WRITE)
        client.register(name, region)
        body, offset = dict(self.settings), 0
        for tensor, array in self.tensors:
            region.memory[offset:offset + array.nbytes] = array.tobytes()
            body[tensor] = {"dtype": "F16", "shape": list(array.shape),
                            "shared_memory": place(name, offset, array.nbytes)}
            offset += (array.nbytes + 63) // 64 * 64
        kept = [region]
        if self.kind == "tokens":
            output = Region(self.size, key and key + "-out")
            client.register(name + "-out", output)
            body["output_shared_memory"] = place(name + "-out", 0, self.size)
            kept.append(output)
        return json.dumps(body).encode(), kept


def jobs():
    """In the order of the table."""
    for sends in (False, True):
        yield Job("576x4096", 576, 4096, sends_tokens=sends)
        yield Job("729x3584", 729, 3584, sends_tokens=sends)
        if not sends:
            yield Job("729h", 729, 3584, heads=16)
        yield Job("7371x3584", 729, 3584, tiles=10, sends_tokens=sends)

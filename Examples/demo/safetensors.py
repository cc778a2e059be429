"""Writes and reads safetensors bytes with the standard library; see docs/wire-format.md."""
import array
import json
import struct

LETTERS = {"F32": "f", "F16": "e", "I32": "i", "U8": "B"}


def encode(tensors, metadata):
    """Bytes of a file: {name: (dtype, shape, flat values)} and {key: text}."""
    header, bodies, offset = {"__metadata__": metadata}, [], 0
    for name, (dtype, shape, values) in tensors.items():
        body = bytes(values) if dtype == "U8" else _packed(LETTERS[dtype], values)
        header[name] = {
            "dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(body)]}
        bodies.append(body)
        offset += len(body)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(bodies)


def decode(data):
    """({name: (dtype, shape, flat values)}, metadata) of a file's bytes."""
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        letter = LETTERS[entry["dtype"]]
        count = (end - start) // struct.calcsize(letter)
        values = list(struct.unpack(f"<{count}{letter}", data[start:end]))
        tensors[name] = (entry["dtype"], entry["shape"], values)
    return tensors, metadata


def _packed(letter, values):
    if letter == "f":
        return array.array("f", values).tobytes()
    return struct.pack(f"<{len(values)}{letter}", *values)

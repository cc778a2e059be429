#!/usr/bin/env python3
"""Merges tokens on the caller's side, with the snippets of docs/index-only.md as they stand there.

  Examples/clients/python/index_only.py --binary .build/release/vflowopt   start the service
  Examples/clients/python/index_only.py --port 8080                        use one that runs

An image is sent twice: with its tokens, and without. What each snippet makes of the second answer
must be what the service has made of the first. Needs numpy; torch is used where it is installed.
"""
import argparse
import contextlib
import http.client
import importlib.util
import json
import pathlib
import re
import signal
import struct
import subprocess

import numpy

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/index-only.md"
TYPE = "application/vnd.safetensors"
DTYPES = {"F16": numpy.float16, "F32": numpy.float32, "I32": numpy.int32, "U8": numpy.uint8}
NAMES = {numpy.dtype(kind): name for name, kind in DTYPES.items()}


def snippets():
    """The page's snippets by library."""
    found = re.findall(r"```python\n# (\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    return dict(found)


def safetensors(tensors, request):
    """A request as bytes."""
    header, data = {"__metadata__": {"request": json.dumps(request)}}, b""
    for name, array in tensors.items():
        end = len(data) + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape),
                        "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def arrays(file):
    """The first item's arrays of an answer, by name."""
    length = struct.unpack_from("<Q", file)[0]
    header = json.loads(file[8:8 + length])
    header.pop("__metadata__")
    found = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = numpy.frombuffer(file[begin:end], DTYPES[entry["dtype"]])
        found[name.removeprefix("items.0.")] = values.reshape(entry["shape"])
    return found


def prune(port, tensors, request):
    """Posts an image and reads the answer's arrays."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/v1/prune", safetensors(tensors, request), {"Content-Type": TYPE})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {body.decode()}")
    return arrays(body)


def inputs(answer):
    """The names that the snippets use."""
    names = {"indices": "retained_indices", "mask": "recycled_mask", "offsets": "merges.offsets",
             "sources": "merges.sources", "weights": "merges.weights"}
    return {name: numpy.array(answer[path]) for name, path in names.items()}


def kept_by(library, code, tokens, answer):
    """What a snippet makes of tokens and an answer."""
    space = {"tokens": tokens, **inputs(answer), "numpy": numpy}
    if library == "torch":
        import torch  # pylint: disable=import-outside-toplevel
        space = {name: torch.from_numpy(value) if isinstance(value, numpy.ndarray) else value
                 for name, value in space.items()} | {"torch": torch}
    exec(code, space)  # pylint: disable=exec-used
    return numpy.asarray(space["kept"])


def compare(library, kept, answer, tokens):
    """Rows that were copied must be equal, merged ones within the page's tolerance."""
    ours, copied = answer["tokens"], answer["recycled_mask"] == 0
    if kept.shape != ours.shape or kept[copied].tobytes() != ours[copied].tobytes():
        raise SystemExit(f"{library}: rows that are copied differ")
    merged = ours[~copied].astype(numpy.float32)
    error = numpy.abs(kept[~copied].astype(numpy.float32) - merged)
    spacing = numpy.abs(numpy.spacing(ours[~copied])).astype(numpy.float32)
    largest = numpy.abs(tokens.astype(numpy.float32)).max()
    if (error > spacing + 1e-6 * largest).any():
        raise SystemExit(f"{library}: merged rows differ by up to {error.max()}")
    print(f"{library}: {len(kept)} rows, {len(merged)} of them merged; "
          f"{(error == 0).mean():.2%} of their elements are equal to the bit")


def run(port):
    """Every snippet, with tokens in F16 and in F32."""
    random = numpy.random.default_rng(7)
    weights = random.random((1, 729, 729)) ** 8
    attention = (weights / weights.sum(-1, keepdims=True)).astype(numpy.float16)
    request = {"strategy": "llava-onevision-7b@0.25", "timing": False}
    for dtype in (numpy.float16, numpy.float32):
        tokens = random.standard_normal((1, 729, 256)).astype(dtype)
        whole = prune(port, {"attention": attention, "tokens": tokens}, request)
        answer = prune(port, {"attention": attention}, request)
        if "tokens" in answer:
            raise SystemExit("tokens came back that were not sent")
        for library, code in snippets().items():
            if importlib.util.find_spec(library) is None:
                print(f"skipped: {library} is not installed")
                continue
            compare(library, kept_by(library, code, tokens[0].copy(), answer), whole, tokens)


@contextlib.contextmanager
def service(binary):
    """Runs the program on a free port."""
    process = subprocess.Popen(
        [binary, "serve", "--port", "0", "--log-level", "error", "--store", "memory:"],
        stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline().rsplit(":", 1)[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def main():
    """Runs the comparison against a service."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", help="the vflowopt executable to start")
    parser.add_argument("--port", type=int, help="the port of a service that runs")
    options = parser.parse_args()
    if len(snippets()) != 2:
        raise SystemExit("docs/index-only.md has lost a snippet")
    if options.binary:
        with service(options.binary) as port:
            run(port)
    elif options.port:
        run(options.port)
    else:
        parser.error("give --binary or --port")


if __name__ == "__main__":
    main()

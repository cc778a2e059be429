"""What a Python service reads its requests with: one JSON line per library and file of a folder.

    python3 Benchmarks/Peers/reading.py FOLDER

Files are those of Benchmarks/reading.py; what is not installed and what is not in the folder is left out. Needs numpy,
and has a use for safetensors, orjson and httptools (PyPI).
"""

import base64
import importlib
import importlib.util
import json
import pathlib
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from timing import median  # noqa: E402  pylint: disable=wrong-import-position

ROUNDS = 31


def array(loads, text):
    """The tensor of a JSON document."""
    tensor = loads(text)["attention"]
    if "data" in tensor:
        return numpy.array(tensor["data"], numpy.float32)
    return numpy.frombuffer(base64.b64decode(tensor["base64"]), numpy.float16).reshape(tensor["shape"])


def parsed(parser, batch):
    """What a Python server does with heads before anything else."""

    class Head:
        """Keeps fields by name."""

        def __init__(self):
            self.fields, self.url = {}, b""

        def on_url(self, url):
            """Comes in parts."""
            self.url += url

        def on_header(self, name, value):
            """One field."""
            self.fields[name.lower()] = value

    for text in batch:
        head = Head()
        parser(head).feed_data(text)
    return head.fields


def peers():
    """Library, file, and what it does with the content."""
    for module in ("json", "orjson"):
        if importlib.util.find_spec(module):
            loads = importlib.import_module(module).loads
            for file in ("base64", "numbers"):
                yield module, file, lambda text, loads=loads: array(loads, text)
    if importlib.util.find_spec("safetensors"):
        load = importlib.import_module("safetensors.numpy").load
        yield "safetensors", "file", lambda content: load(content)["attention"]
    if importlib.util.find_spec("httptools"):
        parser = importlib.import_module("httptools").HttpRequestParser
        yield "httptools", "heads", lambda batch: parsed(parser, batch)


def main():
    """Measures and prints."""
    for peer, file, operation in peers():
        path, count = pathlib.Path(sys.argv[1], file), 1
        if not path.exists():
            continue
        content = path.read_bytes()
        if file == "heads":
            content = [text + b"\r\n\r\n" for text in content.split(b"\r\n\r\n")[:-1]]
            count = len(content)
        taken = median(lambda operation=operation, content=content: operation(content), ROUNDS)
        print(json.dumps({"peer": peer, "name": file, "seconds": taken / count}), flush=True)


if __name__ == "__main__":
    main()

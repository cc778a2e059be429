#!/usr/bin/env python3
"""Prunes an image whose tensors lie in shared memory: the request is some hundred bytes long.

  Examples/clients/python/shared_memory.py --binary .build/release/vflowopt   start the service
  Examples/clients/python/shared_memory.py --socket /run/vflowopt.sock        use one that runs

Attention and tokens are written into a memfd, which is passed to the service once, over its
Unix-domain socket. Each image after that is one small request; the pruned tokens come back in a
second memfd. The answer is compared with that to the same image sent as a safetensors file.
"""
import argparse
import contextlib
import fcntl
import http.client
import json
import mmap
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile

import numpy

TOKENS, WIDTH = 729, 256
# fcntl names them from Python 3.12 on.
F_ADD_SEALS, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE = 1033, 2, 4, 16


class Client:
    """One connection to the service; the regions that it registers end with it."""

    def __init__(self, path):
        self.connection = http.client.HTTPConnection("localhost")
        self.connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.sock.connect(path)

    def register(self, name, descriptor, size):
        """Registers memory; the descriptor travels with the bytes of the request."""
        body = json.dumps({"memfd": 0, "byte_size": size}).encode()
        head = (f"PUT /v1/shared-memory/{name} HTTP/1.1\r\nHost: localhost\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        socket.send_fds(self.connection.sock, [head.encode() + body], [descriptor])
        answer = http.client.HTTPResponse(self.connection.sock, method="PUT")
        answer.begin()
        text = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{answer.status}: {text.decode()}")

    def prune(self, body, kind):
        """Posts a body and reads the answer's bytes."""
        self.connection.request("POST", "/v1/prune", body, {"Content-Type": kind})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {text.decode()}")
        return text


class SharedArrays:
    """Memory that the service may map, because it keeps its size and its pages, and arrays in it."""

    def __init__(self, size, seals=0):
        self.size = size
        self.descriptor = os.memfd_create("image", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.posix_fallocate(self.descriptor, 0, size)
        # Before the seals: this mapping stays writable, later ones are not with F_SEAL_FUTURE_WRITE.
        self.memory = mmap.mmap(self.descriptor, size)
        fcntl.fcntl(self.descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | seals)

    def array(self, offset, dtype, shape):
        """A view of the memory."""
        count = int(numpy.prod(shape))
        return numpy.frombuffer(self.memory, dtype, count, offset).reshape(shape)


def reference(dtype, shape, offset, size):
    """A tensor of a request whose elements lie in the region."""
    place = {"region": "image", "offset": offset, "byte_size": size}
    return {"dtype": dtype, "shape": shape, "shared_memory": place}


def safetensors(tensors, request):
    """The same as bytes."""
    header, data = {"__metadata__": {"request": json.dumps(request)}}, b""
    for name, array in tensors.items():
        end = len(data) + array.nbytes
        header[name] = {"dtype": "F16", "shape": list(array.shape),
                        "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def parts(file):
    """The JSON and the first item's tokens of a safetensors answer."""
    length = struct.unpack_from("<Q", file)[0]
    header = json.loads(file[8:8 + length])
    begin, end = header["items.0.tokens"]["data_offsets"]
    return json.loads(header["__metadata__"]["response"]), file[8 + length + begin:8 + length + end]


def run(path):
    """Prunes the same image both ways."""
    sizes = [TOKENS * TOKENS * 2, TOKENS * WIDTH * 2]
    starts = [0, (sizes[0] + 63) // 64 * 64]
    # What the service reads where it lies, and what it writes.
    shared = SharedArrays(starts[1] + sizes[1], F_SEAL_FUTURE_WRITE)
    output = SharedArrays(sizes[1])
    attention = shared.array(starts[0], numpy.float16, (1, TOKENS, TOKENS))
    tokens = shared.array(starts[1], numpy.float16, (1, TOKENS, WIDTH))
    random = numpy.random.default_rng(7)
    attention[:] = (random.random((TOKENS, TOKENS)) ** 8 / TOKENS).astype(numpy.float16)
    tokens[:] = random.standard_normal((TOKENS, WIDTH)).astype(numpy.float16)

    client = Client(path)
    client.register("image", shared.descriptor, shared.size)
    client.register("output", output.descriptor, output.size)
    settings = {"strategy": "llava-onevision-7b@0.25", "timing": False}
    answer = json.loads(client.prune(json.dumps({
        **settings,
        "attention": reference("F16", list(attention.shape), starts[0], sizes[0]),
        "tokens": reference("F16", list(tokens.shape), starts[1], sizes[1]),
        "output_shared_memory": {
            "region": "output", "offset": 0, "byte_size": output.size},
    }), "application/json"))
    item = answer["items"][0]
    place = item["tokens"]["shared_memory"]
    pruned = output.array(place["offset"], numpy.float16, item["tokens"]["shape"])

    sent, rows = parts(client.prune(
        safetensors({"attention": attention, "tokens": tokens}, settings),
        "application/vnd.safetensors"))
    if item["digest"] != sent["items"][0]["digest"] or pruned.tobytes() != rows:
        raise SystemExit("shared memory and safetensors give different answers")
    print(f"{TOKENS} tokens in shared memory became {item['count']}; "
          f"the same as by safetensors, digest {item['digest']}")


@contextlib.contextmanager
def service(binary):
    """Runs the program on a socket of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder, "socket"))
        process = subprocess.Popen(
            [binary, "serve", "--port", "", "--unix-socket", path, "--shared-memory-memfd", "on",
             "--log-level", "warning"], stdout=subprocess.PIPE, text=True)
        try:
            process.stdout.readline()
            yield path
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--binary", help="start this program")
    target.add_argument("--socket", help="use a service that listens there")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        run(arguments.socket or stack.enter_context(service(arguments.binary)))


if __name__ == "__main__":
    sys.exit(main())

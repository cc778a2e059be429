"""Requests and a client for them: HTTP/1.1 on raw sockets, so that nothing is retried in secret."""
import asyncio
import collections
import json
import pathlib
import random
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from service import one_image, safetensors  # noqa: E402  (the same body as in the other benchmarks)

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "Examples/requests"
BINARY_TYPE = "application/vnd.safetensors"
JSON_TYPE = "application/json"

Answer = collections.namedtuple("Answer", "status seconds closes fields")


class Lost(Exception):
    """A connection ended while an answer was owed."""


class Refused(Exception):
    """No connection could be made, so nothing was sent."""


def message(path, body=b"", kind=JSON_TYPE, method="POST", host="127.0.0.1", expects=False):
    """(head, body) of a request; one that expects waits for 100 before its body."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    if method == "POST":
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    if expects:
        head += "Expect: 100-continue\r\n"
    return head.encode() + b"\r\n", body


def image(expects=False):
    """One image of 729 tokens, head mean in F16: 1.06 MB, well below a millisecond of work."""
    return message("/v1/prune", one_image(), BINARY_TYPE, expects=expects)


def plan():
    """A small JSON request."""
    return message("/v1/plan", (EXAMPLES / "plan-grid.json").read_bytes())


def heavy(side=54, expects=True):
    """One head of queries and keys over side² tokens: much work (some 20 ms) for 840 kB."""
    tokens, width = side * side, 72
    generator = random.Random(7)
    # F16 between 0.5 and 1: random mantissas under one exponent.
    block = bytes(
        byte for _ in range(4096) for byte in (generator.randrange(256), 0x38 | generator.randrange(4)))
    size = tokens * width * 2
    data = (block * (size // len(block) + 1))[:size]
    shape = [1, 1, tokens, width]
    body = safetensors(
        [("query", "F16", shape, data), ("key", "F16", shape, data)],
        {"strategy": "llava-onevision-7b@0.25"})
    return message("/v1/prune", body, BINARY_TYPE, expects=expects)


class Connection:
    """One client connection that answers exchanges one after the other."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, host="127.0.0.1", origin=None):
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port, local_addr=origin), 5)
        except (OSError, asyncio.TimeoutError) as error:
            raise Refused from error
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(reader, writer)

    async def exchange(self, request):
        """Sends a request, reads its answer."""
        head, body = request
        begin = time.perf_counter()
        waits = b"Expect:" in head
        try:
            self.writer.write(head if waits else head + body)
            if not waits:
                await self._drain()
            status, fields, text = await self._answer()
            if status == 100:
                self.writer.write(body)
                await self._drain()
                status, fields, text = await self._answer()
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            raise Lost(repr(error)) from error
        closes = fields.get("connection", "").lower() == "close" or (waits and status != 200)
        return Answer(status, time.perf_counter() - begin, closes, fields)

    async def _drain(self):
        try:
            await self.writer.drain()
        except OSError:
            pass  # An answer may lie here although the rest of the body was not wanted.

    async def _answer(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].decode("latin-1").split("\r\n")
        status = int(first.split()[1])
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        if status in (100, 204, 304):
            return status, fields, b""
        if fields.get("transfer-encoding", "").lower() == "chunked":
            return status, fields, await self._chunks()
        return status, fields, await self.reader.readexactly(int(fields["content-length"]))

    async def _chunks(self):
        text = b""
        while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
            text += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readuntil(b"\r\n")
        return text

    def close(self):
        self.writer.close()


class Pool:
    """Kept connections; one is opened when none is free."""

    def __init__(self, port, origin=None):
        self.port, self.free, self.origin = port, [], origin

    async def exchange(self, request):
        connection = self.free.pop() if self.free else await Connection.open(self.port, origin=self.origin)
        try:
            answer = await connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        if answer.closes:
            connection.close()
        else:
            self.free.append(connection)
        return answer

    def close(self):
        for connection in self.free:
            connection.close()


async def closed_loop(port, request, clients, seconds):
    """Each client sends as soon as it has its answer; returns (answers, exceptions, seconds)."""
    pool, answers, faults = Pool(port), [], []
    begin = time.perf_counter()
    end = begin + seconds

    async def client():
        while time.perf_counter() < end:
            try:
                answers.append(await pool.exchange(request))
            except (Lost, Refused) as fault:
                faults.append(fault)

    await asyncio.gather(*(client() for _ in range(clients)))
    pool.close()
    return answers, faults, time.perf_counter() - begin


async def open_loop(port, request, rate, seconds, seed=1):
    """Requests at random times (Poisson), however slow the answers; times count from when each was due."""
    generator, pool, answers, faults, tasks = random.Random(seed), Pool(port), [], [], set()

    async def one(due):
        try:
            answer = await pool.exchange(request)
            answers.append(answer._replace(seconds=time.perf_counter() - due))
        except (Lost, Refused) as fault:
            faults.append(fault)

    begin = due = time.perf_counter()
    while due < begin + seconds:
        pause = due - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        due += generator.expovariate(rate)
    await asyncio.gather(*tasks)
    pool.close()
    return answers, faults, time.perf_counter() - begin


def quantile(values, share):
    """The smallest value that so large a share does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def table(header, rows):
    """Prints a Markdown table."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def verdict(claims):
    """Prints each claim with what was found; the exit status: 1 if one fails."""
    for holds, sentence in claims:
        print(f"{'holds ' if holds else 'FAILS '} {sentence}")
    return 0 if all(holds for holds, _ in claims) else 1

#!/usr/bin/env python3
"""Clients that are slow, silent, rude or too many: they are reaped, and a good client is served.

    python3 Benchmarks/Load/slow-clients.py [--binary PATH]

One service with timeouts of one and two seconds. In each scenario hostile connections do their worst
while a good client sends a small request and an image in turn; it must get every answer, and the
hostile connections must be gone at the end. Two scenarios have a service of their own: one that may have
64 descriptors, and one whose wall clock jumps (needs libfaketime).
"""
import argparse
import asyncio
import contextlib
import glob
import re
import socket
import struct
import sys
import tempfile
import time

import subject
import traffic

FLAGS = (
    "--threads", "1", "--header-timeout-seconds", "1", "--body-timeout-seconds", "1",
    "--write-timeout-seconds", "1", "--keep-alive-timeout-seconds", "2")
BODY_HEAD = traffic.message("/v1/prune", b"x" * 1_000_000, traffic.BINARY_TYPE)[0]
GET = b"GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL_GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


async def connect(port, receive_buffer=None):
    """A raw connection; None when it cannot be had."""
    endpoint = socket.socket()
    endpoint.setblocking(False)
    if receive_buffer:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(endpoint, ("127.0.0.1", port)), 3)
    except (OSError, asyncio.TimeoutError):
        endpoint.close()
        return None
    return endpoint


async def drip(port, opening, piece, pause, longest):
    """Sends an opening, then piece after piece until the server ends it; seconds that took, or None."""
    endpoint = await connect(port)
    if endpoint is None:
        return None
    loop, begin = asyncio.get_running_loop(), time.perf_counter()
    try:
        await loop.sock_sendall(endpoint, opening)
        while time.perf_counter() - begin < longest:
            with contextlib.suppress(asyncio.TimeoutError):
                # The server's last word or its end; both mean that the connection is reaped.
                await asyncio.wait_for(loop.sock_recv(endpoint, 4096), pause)
                return time.perf_counter() - begin
            if piece:
                await loop.sock_sendall(endpoint, piece)
        return None
    except OSError:
        return time.perf_counter() - begin
    finally:
        endpoint.close()


async def slow_head(port):
    return await asyncio.gather(*(drip(port, b"GET / HTTP/1.1\r\nA: ", b"a", 0.2, 8) for _ in range(500)))


async def slow_body(port):
    return await asyncio.gather(*(drip(port, BODY_HEAD, b"xxxxxxxxxx", 0.3, 12) for _ in range(200)))


async def silent_body(port):
    return await asyncio.gather(*(drip(port, BODY_HEAD, b"", 0.3, 8) for _ in range(200)))


async def half_open(port):
    return await asyncio.gather(*(drip(port, b"", b"", 0.5, 8) for _ in range(500)))


async def unread(port):
    """A connection that asks for much and reads nothing."""
    endpoint = await connect(port, receive_buffer=4096)
    if endpoint is not None:
        await asyncio.get_running_loop().sock_sendall(endpoint, GET * 100)
    return endpoint


def kernel_holds(port):
    """Bytes that the kernel still keeps for connections that the service has let go."""
    text = open("/proc/net/tcp", encoding="ascii").read()
    rows = [line.split() for line in text.splitlines()[1:]]
    # Local port, no longer ESTABLISHED (01) nor LISTEN (0A): the transmit queue is column four.
    return sum(
        int(row[4].split(":")[0], 16) for row in rows
        if int(row[1].split(":")[1], 16) == port and row[3] not in ("01", "0A"))


async def slow_read(port):
    """Whether they are gone is asked of the service: a client that does not read sees no end."""
    begin = time.perf_counter()
    endpoints = [one for one in await asyncio.gather(*(unread(port) for _ in range(100))) if one]
    took = None
    while took is None and time.perf_counter() - begin < 10:
        await asyncio.sleep(0.2)
        # The good client has one.
        if await open_connections(port) <= 1:
            took = time.perf_counter() - begin
    await asyncio.sleep(0.5)
    slow_read.held = kernel_holds(port)
    for endpoint in endpoints:
        endpoint.close()
    return [took] * len(endpoints)


async def reset(port, bytes_to_send):
    """Sends some bytes and resets the connection."""
    endpoint = await connect(port)
    if endpoint is None:
        return None
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().sock_sendall(endpoint, bytes_to_send)
    endpoint.close()
    return 0.0


async def reset_storm(port):
    """At every point of an exchange: before, in the head, in the body, after the request."""
    head, body = traffic.image()
    pieces = [b"", b"GET / HT", head, head + body[:100_000], SMALL_GET, GET * 20, head + body]
    results = []
    for turn in range(60):
        results += await asyncio.gather(*(reset(port, pieces[(turn + one) % 7]) for one in range(35)))
    return results


async def pipelining(port, count):
    """Sends many requests at once, then counts the answers."""
    connection = await traffic.Connection.open(port)
    begin, got = time.perf_counter(), 0
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        connection.writer.write(SMALL_GET * count)
        while got < count:
            status, _, _ = await connection._answer()
            got += status == 200
    connection.close()
    return time.perf_counter() - begin if got == count else None


async def pipelining_storm(port):
    return await asyncio.gather(*(pipelining(port, 1000) for _ in range(50)))


class GoodClient:
    """Sends in turn a small request and an image, until it is told to stop."""

    def __init__(self, port):
        self.port, self.seconds, self.faults = port, [], []
        # From an address of its own: places are shared out by address where there are no keys.
        self.pool, self.requests = traffic.Pool(port, ("127.0.0.2", 0)), [traffic.plan(), traffic.image()]
        self.ends = False

    async def run(self):
        turn = 0
        while not self.ends:
            try:
                answer = await self.pool.exchange(self.requests[turn % 2])
                self.seconds.append(answer.seconds)
                if answer.status != 200:
                    self.faults.append(answer.status)
            except (traffic.Lost, traffic.Refused) as fault:
                self.faults.append(repr(fault))
            turn += 1
            await asyncio.sleep(0.01)
        self.pool.close()


async def open_connections(port):
    """What the service itself says, without the connection that asks."""
    connection = await traffic.Connection.open(port)
    connection.writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await connection.reader.readuntil(b"\r\n\r\n")
    size = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    text = await connection.reader.readexactly(size)
    connection.close()
    return int(re.search(rb"^vflowopt_connections (\d+)", text, re.M)[1]) - 1


async def scenario(service, name, attack, wanted):
    """One row of the table, and its claims."""
    good = GoodClient(service.port)
    task = asyncio.create_task(good.run())
    await asyncio.sleep(0.3)
    results = await attack(service.port)
    good.ends = True
    await task
    for _ in range(40):
        left = await open_connections(service.port)
        if left == 0:
            break
        await asyncio.sleep(0.1)
    done = [result for result in results if result is not None]
    worst = max(done, default=float("inf"))
    p99 = traffic.quantile(good.seconds, 0.99)
    row = [name, len(results), f"{len(done)}", f"{worst:.1f} s", left, len(good.seconds), len(good.faults),
           f"{p99 * 1e3:.0f} ms", f"{service.resident / subject.MIB:.0f} MiB", service.descriptors]
    holds = len(done) == len(results) and worst <= wanted and left == 0 and not good.faults
    return row, (holds, f"{name}: {'all' if holds else 'not all'} reaped within {wanted} s, "
                        f"{len(good.faults)} faults for the good client {good.faults[:3] or ''}")


async def exhaustion(binary):
    """64 descriptors, 200 clients that stay: the connected one is served; all is well afterwards."""
    with subject.Subject(binary, *FLAGS, descriptors=64) as service:
        good = GoodClient(service.port)
        await good.pool.exchange(good.requests[0])
        task = asyncio.create_task(good.run())
        cpu, begin = service.cpu_seconds, time.perf_counter()
        results = await asyncio.gather(*(drip(service.port, b"", b"", 0.5, 12) for _ in range(200)))
        share = (service.cpu_seconds - cpu) / (time.perf_counter() - begin)
        good.ends = True
        await task
        await asyncio.sleep(0.5)
        left = await open_connections(service.port)
        p99, done = traffic.quantile(good.seconds, 0.99), [one for one in results if one is not None]
        row = ["64 descriptors, 200 clients", len(results), len(done), f"{max(done, default=0):.1f} s", left,
               len(good.seconds), len(good.faults), f"{p99 * 1e3:.0f} ms",
               f"{service.resident / subject.MIB:.0f} MiB", service.descriptors]
        holds = not good.faults and left == 0 and len(good.seconds) > 20
        return row, (holds, f"64 descriptors: {len(good.faults)} faults for the connected client "
                            f"{good.faults[:3] or ''}, {share:.2f} processors used meanwhile")


async def clock_jumps(binary):
    """The wall clock jumps by an hour, both ways: nobody is ended early, idle connections end in time."""
    libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not libraries:
        print("SKIPPED: clock jumps (Scripts/install-packages.sh load)")
        return None
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as offset:
        offset.write("+0\n")
        offset.flush()
        environment = {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": offset.name,
                       "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with subject.Subject(binary, *FLAGS, environment=environment) as service:
            good = GoodClient(service.port)
            task = asyncio.create_task(good.run())
            dates, results = set(), []
            for jump in ("+3600", "-3600", "+0"):
                waiting = [asyncio.create_task(idle_life(service.port)) for _ in range(20)]
                await asyncio.sleep(0.5)
                offset.seek(0)
                offset.write(jump + "\n")
                offset.truncate()
                offset.flush()
                results += await asyncio.gather(*waiting)
                answer = await good.pool.exchange(good.requests[0])
                dates.add(answer.fields["date"][17:19])
            good.ends = True
            await task
            left = await open_connections(service.port)
            p99 = traffic.quantile(good.seconds, 0.99)
            row = ["clock jumps by an hour", len(results), len(results), f"{max(results):.1f} s", left,
                   len(good.seconds), len(good.faults), f"{p99 * 1e3:.0f} ms",
                   f"{service.resident / subject.MIB:.0f} MiB", service.descriptors]
            holds = not good.faults and 1.8 < min(results) and max(results) < 4 and len(dates) > 1
            return row, (holds, f"clock jumps: idle connections lived {min(results):.1f} to {max(results):.1f} s (2), "
                                f"{len(good.faults)} faults for the good client, the Date field followed: {len(dates) > 1}")


async def idle_life(port):
    """How long a connection lives after its answer."""
    connection = await traffic.Connection.open(port)
    await connection.exchange((SMALL_GET, b""))
    begin = time.perf_counter()
    await connection.reader.read(1)
    connection.close()
    return time.perf_counter() - begin


async def run(binary):
    rows, claims = [], []
    scenarios = [
        ("slow head, 500", slow_head, 3), ("slow body, 200", slow_body, 10),
        ("silent body, 200", silent_body, 3), ("half-open, 500", half_open, 3),
        ("answer unread, 100", slow_read, 6), ("reset storm", reset_storm, 1),
        ("pipelining, 50 x 1000", pipelining_storm, 20)]
    with subject.Subject(binary, *FLAGS) as service:
        for name, attack, wanted in scenarios:
            row, claim = await scenario(service, name, attack, wanted)
            rows.append(row)
            claims.append(claim)
    claims.append((slow_read.held == 0, f"answer unread: the kernel holds {slow_read.held} bytes for ended connections (0)"))
    for row, claim in filter(None, [await exhaustion(binary), await clock_jumps(binary)]):
        rows.append(row)
        claims.append(claim)
    traffic.table(
        ["scenario", "hostile", "ended by the server", "slowest end", "left open", "good requests", "of them failed",
         "good p99", "memory", "descriptors"], rows)
    return traffic.verdict(claims)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    return asyncio.run(run(parser.parse_args().binary))


if __name__ == "__main__":
    sys.exit(main())

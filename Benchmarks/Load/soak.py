#!/usr/bin/env python3
"""Mixed traffic for minutes: memory and descriptors must stay flat, every answer must be the right one.

    python3 Benchmarks/Load/soak.py [--binary PATH] [--minutes 30]

Small and large requests in both encodings, errors, answers asked for and not read, clients that leave in
the middle, idle connections, scrapes. The first fifth of the time is for warming up; the medians of the
second and of the last fifth are compared. A make target: `make soak MINUTES=30`.
"""
import argparse
import asyncio
import collections
import contextlib
import json
import random
import statistics
import sys
import time

import subject
import traffic

GROWTH_BYTES = 16 << 20
GROWTH_SHARE = 0.10


def examples():
    """(request, status) of each example."""
    index = traffic.EXAMPLES.parent / "index.json"
    for example in json.loads(index.read_text(encoding="utf-8")):
        path = traffic.EXAMPLES / f"{example['name']}.json"
        body = path.read_bytes() if path.exists() else b""
        yield traffic.message(example["path"], body, method=example["method"]), example["status"]


def mixture():
    """(request, status) with repetitions as weights."""
    get = [(traffic.message(path, method="GET"), 200) for path in ("/metrics", "/readyz", "/info", "/openapi.yaml")]
    return [
        *examples(), *get, *[(traffic.image(), 200)] * 6, *[(traffic.image(expects=True), 200)] * 2,
        *[(traffic.heavy(expects=False), 200)] * 2, (traffic.heavy(side=27), 200), (traffic.heavy(side=80), 200),
        (traffic.message("/v1/prune", b"\x00" * 300_000, traffic.BINARY_TYPE), 400),
        (traffic.message("/v1/prune", b"{" * 5000), 400)]


async def worker(port, requests, generator, counts, end):
    """Requests on one connection, which it sometimes changes."""
    pool = traffic.Pool(port)
    while time.monotonic() < end:
        request, wanted = generator.choice(requests)
        try:
            answer = await pool.exchange(request)
            counts["right" if answer.status == wanted else f"{answer.status} for {wanted}"] += 1
        except (traffic.Lost, traffic.Refused) as fault:
            counts[f"{type(fault).__name__} {fault}"] += 1
        if generator.random() < 0.02:
            pool.close()
            pool.free.clear()
        await asyncio.sleep(generator.expovariate(100))
    pool.close()


async def leaver(port, requests, generator, counts, end):
    """Sends a part of a request, or a whole one, and leaves."""
    while time.monotonic() < end:
        with contextlib.suppress(traffic.Refused, OSError):
            connection = await traffic.Connection.open(port)
            head, body = generator.choice(requests)[0]
            text = head + body
            connection.writer.write(text[:generator.choice([0, 10, len(head), len(text) // 2, len(text)])])
            await asyncio.sleep(generator.random() * 0.05)
            connection.writer.transport.abort()
            counts["left"] += 1
        await asyncio.sleep(generator.expovariate(20))


async def idler(port, generator, counts, end):
    """Holds a connection until the service ends it."""
    while time.monotonic() < end:
        with contextlib.suppress(traffic.Refused, OSError, asyncio.TimeoutError):
            connection = await traffic.Connection.open(port)
            await asyncio.wait_for(connection.reader.read(1), generator.random() * 6)
            counts["idled"] += 1
            connection.close()


async def traffic_for(port, seconds, counts):
    """All of it at once."""
    requests, end = mixture(), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for seed in range(12):
            group.create_task(worker(port, requests, random.Random(seed), counts, end))
        for seed in range(4):
            group.create_task(leaver(port, requests, random.Random(100 + seed), counts, end))
        for seed in range(20):
            group.create_task(idler(port, random.Random(200 + seed), counts, end))


def fifth(samples, index):
    """The median of a fifth of the samples."""
    size = max(len(samples) // 5, 1)
    return statistics.median(value for _, value in samples[index * size:(index + 1) * size])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    parser.add_argument("--minutes", type=float, default=30)
    options = parser.parse_args()
    counts = collections.Counter()
    flags = ("--threads", "2", "--header-timeout-seconds", "3", "--body-timeout-seconds", "3")
    with subject.Subject(options.binary, *flags) as service:
        resident = subject.Sampler(lambda: service.resident, 0.5)
        descriptors = subject.Sampler(lambda: service.descriptors, 0.5)
        asyncio.run(traffic_for(service.port, options.minutes * 60, counts))
        memory, files = resident.stop(), descriptors.stop()
        time.sleep(1.5)
        rest, peak, cpu = service.descriptors, service.peak, service.cpu_seconds
        status = service.end()
    early, late = fifth(memory, 1), fifth(memory, 4)
    wrong = {key: count for key, count in counts.items() if key not in ("right", "left", "idled")}
    traffic.table(["", "second fifth", "last fifth", "most"], [
        ["resident memory", f"{early / subject.MIB:.1f} MiB", f"{late / subject.MIB:.1f} MiB", f"{peak / subject.MIB:.1f} MiB"],
        ["descriptors", f"{fifth(files, 1):.0f}", f"{fifth(files, 4):.0f}", max(value for _, value in files)]])
    print(f"{counts['right']} requests answered as they should, {counts['left']} clients left, "
          f"{counts['idled']} idled, {cpu:.0f} s of processor time in {options.minutes:g} minutes")
    allowed = max(GROWTH_BYTES, GROWTH_SHARE * early)
    return traffic.verdict([
        (late - early <= allowed, f"memory grew by {(late - early) / subject.MIB:.1f} MiB (at most {allowed / subject.MIB:.1f})"),
        (fifth(files, 4) <= fifth(files, 1) + 10, "descriptors did not grow"),
        (rest <= 12, f"{rest} descriptors once the clients are gone (at most 12)"),
        (not wrong, f"{sum(wrong.values())} wrong answers {wrong or ''} (0)"),
        (status == 0, f"exit status {status} (0)")])


if __name__ == "__main__":
    sys.exit(main())

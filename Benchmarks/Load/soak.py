#!/usr/bin/env python3
"""Mixed traffic for minutes: memory and descriptors must stay flat, every answer must be the right one.

    python3 Benchmarks/Load/soak.py [--binary PATH] [--minutes 30]

Small and large requests in both encodings, errors, answers asked for and not read, clients that leave in
the middle, idle connections, scrapes, studies that come and go; beside that rounds of h2load (Debian's
nghttp2-client) over HTTP/2 and HTTP/1.1, with and without TLS, and over the Unix socket, some of them killed
in the middle. The first fifth of the time is for warming up; the medians of the second and of the last fifth
are compared. A make target: `make soak MINUTES=30`.
"""
import argparse
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import subject
import traffic

GROWTH_BYTES = 16 << 20
GROWTH_SHARE = 0.10
STATEFUL = ("/v1/studies", "/v1/strategies", "/v1/shared-memory")


def examples():
    """(request, status) of each example whose answer does not depend on those before it."""
    index = traffic.EXAMPLES.parent / "index.json"
    for example in json.loads(index.read_text(encoding="utf-8")):
        if example["path"].startswith(STATEFUL):
            continue
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


def judged(status, wanted):
    """What to count an answer as: a busy machine makes the service refuse, which is right, too."""
    if status == wanted:
        return "right"
    return "refused" if status in (429, 503) else f"{status} for {wanted}"


async def worker(port, requests, generator, counts, end):
    """Requests on one connection, which it sometimes changes."""
    pool = traffic.Pool(port)
    while time.monotonic() < end:
        request, wanted = generator.choice(requests)
        try:
            answer = await pool.exchange(request)
            counts[judged(answer.status, wanted)] += 1
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


async def searcher(port, generator, counts, end):
    """Studies from their making to their deletion, which asks and measures in between."""
    pool, number = traffic.Pool(port), 0
    while time.monotonic() < end:
        number += 1
        study = f"/v1/studies/soak-{number}"
        made = json.dumps({"name": study.rsplit("/", 1)[1], "layers": 28, "stage_layers": [9, 18], "token_budget": 0.25})
        steps = [(traffic.message("/v1/studies", made.encode()), 201)]
        for trial in range(1, 13):
            value = json.dumps({"value": generator.random()}).encode()
            steps += [(traffic.message(f"{study}/trials:ask", b"{}"), 200),
                      (traffic.message(f"{study}/trials/{trial}:tell", value), 200)]
        for request, wanted in [*steps, (traffic.message(study, method="DELETE"), 204)]:
            try:
                answer = await pool.exchange(request)
                counts[judged(answer.status, wanted)] += 1
                if answer.status != wanted:
                    break  # What follows supposes this step.
            except (traffic.Lost, traffic.Refused) as fault:
                counts[f"{type(fault).__name__} {fault}"] += 1
            await asyncio.sleep(0.05)
    pool.close()


async def loader(ways, body, generator, counts, end):
    """Rounds of h2load; a fifth of them is killed."""
    while time.monotonic() < end:
        requests, way = generator.choice([20, 100, 400]), generator.choice(ways)
        what = generator.choice([
            ["/livez", "-c", "16", "-m", "8"], ["/livez", "-c", "1"],
            ["/v1/prune", "-c", "2", "-m", "2", "-d", body, "-H", f"content-type: {traffic.BINARY_TYPE}"]])
        command = ["h2load", "-t", "1", "-n", str(requests), *way[1:], *what[1:], way[0] + what[0]]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if generator.random() < 0.2:
            await asyncio.sleep(0.1 * generator.random())
            with contextlib.suppress(ProcessLookupError):
                # process.kill would reap one that has just ended, which asyncio is waiting for.
                os.kill(process.pid, signal.SIGKILL)
            await process.communicate()
            counts["left"] += 1
        else:
            text = (await process.communicate())[0].decode()
            good = re.search(r"(\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", text)
            right, _, others, refused = map(int, good.groups()) if good else (0, 0, 0, 0)
            # Images are refused for the client's share with 429, which is the only 4xx that they can get.
            counts["right"] += right
            counts["refused"] += others + refused
            if right + others + refused != requests:
                counts[f"h2load {' '.join(way[1:])} {what[0]}: no answer"] += requests - right - others - refused
        await asyncio.sleep(generator.random())


async def traffic_for(port, ways, body, seconds, counts):
    """All of it at once."""
    requests, end = mixture(), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(searcher(port, random.Random(300), counts, end))
        for seed in range(2):
            group.create_task(loader(ways, body, random.Random(400 + seed), counts, end))
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


@contextlib.contextmanager
def listeners(folder):
    """Flags for listeners of every kind, a file with an image, and what makes h2load's ways from the port."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        secure = free.getsockname()[1]
    path, body = folder / "socket", folder / "image.safetensors"
    body.write_bytes(traffic.image()[1])
    flags = ["--threads", "2", "--header-timeout-seconds", "3", "--body-timeout-seconds", "3", "--unix-socket", path,
             "--tls-certificate", certificate, "--tls-key", key, "--tls-port", str(secure)]

    def ways(port):
        plain, sealed = f"http://127.0.0.1:{port}", f"https://127.0.0.1:{secure}"
        return [[plain], [plain, "--h1"], [sealed], [sealed, "--h1"], [plain, "-B", f"unix:{path}"]]

    yield flags, str(body), ways


def soak(options, flags, body, ways, counts):
    """The traffic; exit status, samples of memory and descriptors, and what is left at the end."""
    with subject.Subject(options.binary, *flags) as service:
        resident = subject.Sampler(lambda: service.resident, 0.5)
        descriptors = subject.Sampler(lambda: service.descriptors, 0.5)
        asyncio.run(traffic_for(service.port, ways(service.port), body, options.minutes * 60, counts))
        memory, files = resident.stop(), descriptors.stop()
        time.sleep(1.5)
        figures = service.descriptors, service.peak, service.cpu_seconds
        return service.end(), memory, files, figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    parser.add_argument("--minutes", type=float, default=30)
    options = parser.parse_args()
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder, listeners(pathlib.Path(folder)) as (flags, body, made):
        status, memory, files, figures = soak(options, flags, body, made, counts)
    rest, peak, cpu = figures
    early, late = fifth(memory, 1), fifth(memory, 4)
    wrong = {key: count for key, count in counts.items() if key not in ("right", "refused", "left", "idled")}
    traffic.table(["", "second fifth", "last fifth", "most"], [
        ["resident memory", f"{early / subject.MIB:.1f} MiB", f"{late / subject.MIB:.1f} MiB", f"{peak / subject.MIB:.1f} MiB"],
        ["descriptors", f"{fifth(files, 1):.0f}", f"{fifth(files, 4):.0f}", max(value for _, value in files)]])
    print(f"{counts['right']} requests answered as they should, {counts['refused']} refused, {counts['left']} clients left, "
          f"{counts['idled']} idled, {cpu:.0f} s of processor time in {options.minutes:g} minutes")
    allowed = max(GROWTH_BYTES, GROWTH_SHARE * early)
    return traffic.verdict([
        (late - early <= allowed, f"memory grew by {(late - early) / subject.MIB:.1f} MiB (at most {allowed / subject.MIB:.1f})"),
        (fifth(files, 4) <= fifth(files, 1) + 10, "descriptors did not grow"),
        (rest <= 12, f"{rest} descriptors once the clients are gone (at most 12)"),
        (counts["refused"] < counts["right"], "more answers than refusals"),
        (not wrong, f"{sum(wrong.values())} wrong answers {wrong or ''} (0)"),
        (status == 0, f"exit status {status} (0)")])


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Two replicas behind a proxy are restarted in turn under load; the requests that get lost are counted.

    python3 Benchmarks/Load/rolling-restart.py [--binary PATH] [--proxy nginx|haproxy|both] [--rounds 3]
                                               [--pause SECONDS] [--h2c] [--drain-first]

The proxies run the examples of deploy/proxies, with other ports. A restart is SIGTERM, the end of the
process, the start of the next one on the same port, and readiness; then the other replica. Clients keep
their connections to the proxy and send small requests and images (1 MB). Lost is whatever is not
answered 200. --h2c has haproxy speak HTTP/2 without TLS to the replicas. --drain-first tells haproxy over its admin
socket, half a second before SIGTERM, to send a replica nothing more, as an orchestrator would.
"""
import argparse
import asyncio
import collections
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import subject
import traffic

PROXIES = subject.ROOT / "deploy/proxies"


def free_ports(count):
    """Ports that nothing listens on now."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [listener.getsockname()[1] for listener in listeners]


def with_ports(text, ports):
    """An example with its ports exchanged: proxy, first replica, second replica."""
    for shown, port in zip((8000, 8080, 8081), ports):
        text = re.sub(rf"(?<=[: ]){shown}\b", str(port), text)
    return text


def start_nginx(ports, folder, _):
    text = with_ports((PROXIES / "nginx.conf").read_text(encoding="utf-8"), ports)
    text = re.sub(r"^pid .*$", f"pid {folder}/pid;\ndaemon off;", text, flags=re.M)
    path = pathlib.Path(folder, "nginx.conf")
    path.write_text(text.replace("error_log stderr warn", f"error_log {folder}/log error"), encoding="utf-8")
    return subprocess.Popen(["nginx", "-c", path], stderr=subprocess.DEVNULL)


def start_haproxy(ports, folder, h2c):
    text = with_ports((PROXIES / "haproxy.cfg").read_text(encoding="utf-8"), ports)
    if h2c:
        text = re.sub(r"^(  server .*)$", r"\1 proto h2", text, flags=re.M)
    text = re.sub(r"stats socket \S+", f"stats socket {folder}/admin", text)
    path = pathlib.Path(folder, "haproxy.cfg")
    path.write_text(text, encoding="utf-8")
    return subprocess.Popen(["haproxy", "-q", "-f", path], stderr=subprocess.DEVNULL)


def announce(folder, index, state):
    """Takes a replica out of haproxy's rotation, or puts it back."""
    for backend in ("vflowopt", "vflowopt_large"):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(f"{folder}/admin")
            admin.sendall(f"set server {backend}/{'ab'[index]} state {state}\n".encode())
            while admin.recv(4096):
                pass


async def client(port, request, counts, slowest, ended):
    """Sends until told to stop, on a kept connection."""
    pool = traffic.Pool(port)
    while not ended.is_set():
        try:
            answer = await pool.exchange(request)
            counts[answer.status] += 1
            slowest[0] = max(slowest[0], answer.seconds)
        except traffic.Lost:
            counts["lost"] += 1
        except traffic.Refused:
            counts["proxy refused"] += 1
        await asyncio.sleep(0.002)
    pool.close()


async def until_served(port):
    """Until the proxy forwards to somebody."""
    for _ in range(100):
        with contextlib.suppress(traffic.Lost, traffic.Refused):
            connection = await traffic.Connection.open(port)
            answer = await connection.exchange(traffic.plan())
            connection.close()
            if answer.status == 200:
                return
        await asyncio.sleep(0.1)
    raise SystemExit("the proxy forwards to no replica")


async def trial(start, binary, rounds, pause, h2c, drain_first):
    """Counts by status, and the slowest answer."""
    ports = free_ports(3)
    # The proxy is one client that brings all of them, and a wait is better than a refusal while one replica
    # has the work of two (docs/operations.md, "Behind a proxy").
    flags = ("--threads", "1", "--client-share-percent", "100", "--queue-wait-seconds", "1")
    replicas = [subject.Subject(binary, *flags, port=port) for port in ports[1:]]
    counts, slowest, ended, exits = collections.Counter(), [0.0], asyncio.Event(), []
    with tempfile.TemporaryDirectory() as folder:
        proxy = start(ports, folder, h2c)
        try:
            await until_served(ports[0])
            requests = [traffic.plan()] * 12 + [traffic.image()] * 4
            tasks = [
                asyncio.create_task(client(ports[0], request, counts, slowest, ended)) for request in requests]
            await asyncio.sleep(1)
            for _ in range(rounds):
                for index in range(2):
                    if drain_first:
                        announce(folder, index, "drain")
                        await asyncio.sleep(0.5)
                    replicas[index].terminate()
                    exits.append(await asyncio.to_thread(replicas[index].process.wait, 60))
                    replicas[index] = subject.Subject(binary, *flags, port=ports[1 + index])
                    if drain_first:
                        announce(folder, index, "ready")
                    await asyncio.sleep(pause)
            ended.set()
            await asyncio.gather(*tasks)
        finally:
            proxy.terminate()
            proxy.wait(60)
            for replica in replicas:
                replica.end()
    return counts, slowest[0], exits


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    parser.add_argument("--proxy", choices=["nginx", "haproxy", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=2.5, help="seconds between two restarts")
    parser.add_argument("--h2c", action="store_true", help="haproxy speaks HTTP/2 to the replicas")
    parser.add_argument("--drain-first", action="store_true", help="tell haproxy before SIGTERM")
    options = parser.parse_args()
    starters = {"nginx": start_nginx, "haproxy": start_haproxy}
    if options.h2c or options.drain_first:
        starters.pop("nginx")
    rows, claims = [], []
    for name, start in starters.items():
        if options.proxy not in (name, "both"):
            continue
        if not shutil.which(name):
            print(f"SKIPPED: {name} is missing (Scripts/install-packages.sh load)")
            continue
        begin = time.perf_counter()
        counts, slowest, exits = asyncio.run(
            trial(start, options.binary, options.rounds, options.pause, options.h2c,
                  options.drain_first))
        failed = {str(key): count for key, count in counts.items() if key != 200}
        protocol = ("h2c" if options.h2c else "HTTP/1.1") + (", told first" if options.drain_first else "")
        rows.append([name, protocol, len(exits), counts[200], sum(failed.values()), failed or "–",
                     f"{slowest:.2f} s", f"{time.perf_counter() - begin:.0f} s"])
        claims.append((not failed and not any(exits),
                       f"{name}, {protocol}: {sum(failed.values())} of {sum(counts.values())} requests lost (0), "
                       f"exits {sorted(set(exits))}"))
    traffic.table(
        ["proxy", "to the replicas", "restarts", "answered 200", "lost", "of them", "slowest answer", "took"], rows)
    return traffic.verdict(claims)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Measures the running service over loopback: one image in, indices out, and hello-world.

    python3 Benchmarks/service.py [path to the vflowopt executable]

Rows: server CPU per request (user + system, from /proc), the phases that Server-Timing reports,
the floor (the same bytes through a bare socket loop: its CPU, and its time from the head to the
last byte), what is left outside kernel and floor, and, where wrk and nginx are installed, CPU per
request of GET /livez against nginx `return 200` in the same run.
"""

import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).parent.parent

def cpu_seconds(pid):
    """User and system time of a process and its children, in nanosecond steps where possible."""
    total = 0.0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0]) / 1e9
    return total

def loop_cpu(pid):
    """Run time in seconds, user ticks and system ticks of the loop threads."""
    run, user, system = 0.0, 0, 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name, _, fields = task.joinpath("stat").read_text(encoding="ascii").rpartition(") ")
        if "(http-" in name:
            run += int(task.joinpath("schedstat").read_text(encoding="ascii").split()[0]) / 1e9
            user, system = user + int(fields.split()[11]), system + int(fields.split()[12])
    return run, user, system

def descendants(pid):
    """A process and all below it."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [pid] + [inner for child in children.split() for inner in descendants(int(child))]

def safetensors(tensors, request):
    """Builds a body from (name, dtype, shape, bytes) and a request."""
    header, offset = {"__metadata__": {"request": json.dumps(request)}}, 0
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for *_, data in tensors)

def one_image():
    """A 729-token head-mean map in F16 whose columns differ, and the 25 % strategy."""
    generator = random.Random(7)
    row = [generator.random() ** 8 for _ in range(729)]
    total = sum(row)
    data = b"".join(struct.pack("<729e", *(value / total for value in row)) for _ in range(729))
    return safetensors(
        [("attention", "F16", [1, 729, 729], data)], {"strategy": "llava-onevision-7b@0.25"}
    )

def start(executable):
    """Starts the service on a free port."""
    server = subprocess.Popen(
        [executable, "serve", "--port", "0", "--log-level", "error", "--store", "memory:"], stdout=subprocess.PIPE, text=True
    )
    port = int(server.stdout.readline().rsplit(":", 1)[1])
    return server, port

def prune(port, pid, body, rounds):
    """Round trips on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    fields = {"Content-Type": "application/vnd.safetensors"}
    phases, trips = {}, []
    for turn in range(rounds + 50):
        if turn == 50:
            before, loop = cpu_seconds(pid), loop_cpu(pid)
        begin = time.perf_counter()
        connection.request("POST", "/v1/prune", body, fields)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"{response.status}: {answer[:400]}")
        if turn < 50:
            continue
        trips.append(time.perf_counter() - begin)
        for part in response.getheader("Server-Timing").split(","):
            name, value = part.strip().split(";dur=")
            phases.setdefault(name, []).append(float(value))
    cpu = (cpu_seconds(pid) - before) / rounds
    run, user, system = (after - was for after, was in zip(loop_cpu(pid), loop))
    calls = run / rounds * system / max(user + system, 1)
    return cpu, calls, {name: statistics.median(values) for name, values in phases.items()}, trips

HEAD = b"h" * 200
ANSWER = 8192

def receive_only(listener, size):
    """Reads heads and bodies, answers with the nanoseconds between a head and its last byte."""
    peer, _ = listener.accept()
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = memoryview(bytearray(size))
    while peer.recv(len(HEAD), socket.MSG_WAITALL):
        begin, got = time.perf_counter_ns(), 0
        while got < size:
            got += peer.recv_into(buffer[got:])
        peer.sendall(struct.pack("<Q", time.perf_counter_ns() - begin).ljust(ANSWER, b"x"))

def socket_floor(body, rounds):
    """CPU and receiving time in seconds of a process that only receives, sent to as above."""
    listener = socket.create_server(("127.0.0.1", 0))
    child = os.fork()
    if child == 0:
        receive_only(listener, len(body))
        os._exit(0)
    client = socket.create_connection(listener.getsockname())
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for turn in range(rounds + 50):
        if turn == 50:
            before = cpu_seconds(child)
        # Head and body apart, as http.client sends them.
        client.sendall(HEAD)
        client.sendall(body)
        times.append(struct.unpack_from("<Q", client.recv(ANSWER, socket.MSG_WAITALL))[0])
    cpu = (cpu_seconds(child) - before) / rounds
    client.close()
    os.waitpid(child, 0)
    return cpu, statistics.median(times[50:]) / 1e9

def hello(name, url, pids, seconds=6):
    """CPU per request under wrk."""
    before = sum(map(cpu_seconds, pids))
    done = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{seconds}s", url], capture_output=True, text=True, check=True
    )
    used = sum(map(cpu_seconds, pids)) - before
    count = next(int(line.split()[0]) for line in done.stdout.splitlines() if "requests in" in line)
    print(f"| hello-world, {name} | {used / count * 1e6:.2f} µs CPU/request | {count / seconds:.0f}/s |")
    return used / count

def compare_with_nginx(port, pid):
    """Alternating rounds against nginx."""
    if not shutil.which("wrk") or not shutil.which("nginx"):
        print("skipped: hello-world (wrk or nginx is missing)")
        return
    with tempfile.TemporaryDirectory() as folder:
        conf = pathlib.Path(folder, "nginx.conf")
        conf.write_text(
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log /dev/null;\n"
            "events { worker_connections 1024; }\n"
            "http { access_log off; keepalive_requests 100000000;\n"
            "server { listen 127.0.0.1:18099; location / { return 200 'ok'; } } }\n",
            encoding="ascii",
        )
        nginx = subprocess.Popen(["nginx", "-c", conf], stderr=subprocess.DEVNULL)
        time.sleep(1)
        ratios = []
        for _ in range(3):
            ours = hello("vflowopt GET /livez", f"http://127.0.0.1:{port}/livez", [pid])
            theirs = hello("nginx return 200", "http://127.0.0.1:18099/", descendants(nginx.pid))
            ratios.append(ours / theirs)
        print(f"| hello-world, ours ÷ nginx | {statistics.median(ratios):.2f} | median of 3 |")
        nginx.terminate()
        nginx.wait()

def main():
    """Prints the table."""
    default = ROOT / ".build/release/vflowopt"
    server, port = start(sys.argv[1] if len(sys.argv) > 1 else default)
    try:
        body = one_image()
        cpu, calls, phases, trips = prune(port, server.pid, body, 4000)
        floor, receiving = socket_floor(body, 1000)
        # What the loop adds up while it receives is the kernel's work as well.
        kernel, total = phases["kernel"] + phases.get("reduce", 0), phases["total"]
        trips.sort()
        print("| prune, 729 tokens, head-mean F16 in, indices out | value | |\n|---|---|---|")
        for name, value in phases.items():
            print(f"| {name} | {value * 1e3:.0f} µs | median of Server-Timing |")
        print(f"| receiving | {receiving * 1e6:.0f} µs | same bytes, bare loop, head to last byte |")
        named = sum(phases[name] for name in ("queue", "decode", "encode"))
        print(f"| queue, decode and encode | {named / total:.0%} | of total |")
        outside = total - kernel - receiving * 1e3
        print(f"| server time outside kernel and bare loop | {outside / total:.0%} | of total |")
        print(f"| server CPU | {cpu * 1e6:.0f} µs | user + system |")
        print(f"| socket floor CPU | {floor * 1e6:.0f} µs | same bytes, bare loop |")
        print(f"| system calls of the loop CPU | {calls * 1e6:.0f} µs | its share of system ticks |")
        spare = 1 - kernel / 1e3 / cpu
        print(f"| CPU outside kernel and system calls | {spare - calls / cpu:.0%} | of server CPU |")
        print(f"| CPU outside kernel and bare loop | {spare - floor / cpu:.0%} | of server CPU |")
        print(f"| round trip p50 / p99 | {trips[len(trips) // 2] * 1e3:.2f} / {trips[int(len(trips) * .99)] * 1e3:.2f} ms | one client |")
        compare_with_nginx(port, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(40)

if __name__ == "__main__":
    main()

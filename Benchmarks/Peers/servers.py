#!/usr/bin/env python3
"""Processor time per request, side by side with nginx, h2o and nghttpd: one run, one table.

    python3 Benchmarks/Peers/servers.py [--binary PATH] [--rounds 3] [--rows h2c,tls] [--scale 1]

Every server runs one event loop on processor 0, h2load on processor 1. The servers take turns within
each round; what is printed is the median over the rounds of the processor time that the kernel has
accounted to the server, in microseconds per request, which other work on the machine changes little.
A last column divides ours by the best peer.

All answer GET with the same content. nginx and h2o add the fields that ours has; nghttpd cannot, so its
answers are about 90 bytes shorter. Uploads are 5 MB. Ours takes them into memory and hands them to a worker,
which finds no tensors in them; nginx, through its mirror module, and h2o take them into memory too; nghttpd
drops what it receives. A handshake is a full one, with a request.
Peers come from `Scripts/install-packages.sh load`; those that are missing are left out.
"""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Load"))
import subject  # noqa: E402
import traffic  # noqa: E402

SERVER, CLIENT = (["taskset", "-c", number] for number in ("0", "1"))
UPLOAD = 5_000_000
# What ours says with every answer; the id is as long as ours.
FIELDS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Request-Id": "0123456789abcdef" * 2}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place:
    """A folder with certificate, page and upload, and ports that no other server has."""

    def __init__(self, folder, page):
        self.folder, self.page = pathlib.Path(folder), page
        self.plain, self.h2c, self.tls = free_port(), free_port(), free_port()
        self.socket = self.folder / f"{self.plain}.sock"
        self.certificate, self.key = self.folder / "server.pem", self.folder / "server.key"

    def uri(self, way, path):
        """What h2load is given to reach a path by `h1`, `h2c`, `uds` or `tls`."""
        if way == "uds":
            return ["-B", f"unix:{self.socket}", f"http://127.0.0.1{path}"]
        port = {"h1": self.plain, "h2c": self.h2c}.get(way, self.tls)
        return [f"http{'s' if way == 'tls' else ''}://127.0.0.1:{port}{path}"]


class Peer:
    """A server that is started for the whole run."""

    ways = {"h1", "h2c", "uds", "tls"}
    tls_protocols = {"h1", "h2"}
    path, upload_path, patience = "/livez", "/upload", 100

    def __init__(self, place):
        self.place = place
        self.log = open(place.folder / f"{self.name}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*SERVER, *self.command()], stdout=self.log, stderr=self.log, cwd=place.folder)
        self.pid = self.process.pid
        self.wait()

    def wait(self):
        for _ in range(self.patience):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.place.tls), 1):
                return
            time.sleep(0.05)
        self.log.seek(0)
        raise SystemExit(f"{self.name} did not start: {self.log.read()[-500:]}")

    @property
    def cpu_seconds(self):
        """Processor time of all threads so far."""
        return subject.cpu_seconds(self.pid)

    def end(self):
        self.process.terminate()
        self.process.wait()


class Nginx(Peer):
    name, program = "nginx", "nginx"

    def command(self):
        place = self.place
        fields = "".join(f'add_header {name} "{value}";' for name, value in FIELDS.items())
        listen = [f"127.0.0.1:{place.plain}", f"unix:{place.socket}", f"127.0.0.1:{place.h2c} http2",
                  f"127.0.0.1:{place.tls} ssl http2"]
        (place.folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; worker_processes 1; pid {place.folder}/nginx.pid;
            error_log {place.folder}/nginx.error; events {{ worker_connections 4096; }}
            http {{
              access_log off; server_tokens off; keepalive_requests 100000000; default_type application/json;
              client_body_temp_path {place.folder}/body; client_max_body_size 16m; ssl_session_cache none;
              ssl_certificate {place.certificate}; ssl_certificate_key {place.key};
              ssl_protocols TLSv1.2 TLSv1.3;
              server {{
                {''.join(f'listen {one};' for one in listen)}
                location = /livez {{ {fields} return 200 '{place.page.decode()}'; }}
                location = /upload {{
                  client_body_buffer_size 8m; root {place.folder}; mirror /nothing; error_page 405 =200 /livez;
                }}
                location = /nothing {{ internal; return 204; }}
              }}
            }}""", encoding="utf-8")
        return ["nginx", "-c", place.folder / "nginx.conf", "-p", place.folder, "-e", "stderr"]


class H2O(Peer):
    name, program = "h2o", "h2o"

    def command(self):
        place = self.place
        root = place.folder / "h2o"
        root.mkdir()
        for name in ("livez", "upload"):
            (root / name).write_bytes(place.page)
        # It takes one field at each level.
        everywhere, host, path = (f'header.add: "{name}: {value}"' for name, value in FIELDS.items())
        (place.folder / "h2o.conf").write_text(f"""
num-threads: 1
max-connections: 4096
http2-idle-timeout: 60
limit-request-body: 16777216
server-name: h2o
file.etag: OFF
{everywhere}
listen: {{ host: 127.0.0.1, port: {place.plain} }}
listen: {{ host: 127.0.0.1, port: {place.h2c} }}
listen: {{ port: {place.socket}, type: unix }}
listen:
  host: 127.0.0.1
  port: {place.tls}
  ssl:
    certificate-file: {place.certificate}
    key-file: {place.key}
    minimum-version: TLSv1.2
    neverbleed: OFF
ssl-session-resumption: {{ mode: ticket }}
hosts:
  default:
    {host}
    paths:
      "/":
        {path}
        file.dir: {root}
        file.mime.setdefaulttype: application/json
""", encoding="utf-8")
        if os.geteuid() == 0:
            with open(place.folder / "h2o.conf", "a", encoding="utf-8") as conf:
                conf.write("user: root\n")
        return ["h2o", "-m", "worker", "-c", place.folder / "h2o.conf"]


class Nghttpd(Peer):
    name, program = "nghttpd", "nghttpd"
    ways, tls_protocols = {"h2c", "tls"}, {"h2"}

    def command(self):
        place = self.place
        root = place.folder / "nghttpd"
        root.mkdir()
        for name in ("livez", "upload"):
            (root / name).write_bytes(place.page)
        common = ["nghttpd", "-a", "127.0.0.1", "-d", root, "-n1"]
        # It has one listener only, so there are two of it.
        self.second = subprocess.Popen(
            [*SERVER, *common, "--no-tls", str(place.h2c)], stdout=self.log, stderr=self.log)
        return [*common, str(place.tls), place.key, place.certificate]

    @property
    def cpu_seconds(self):
        return sum(map(subject.cpu_seconds, (self.pid, self.second.pid)))

    def end(self):
        self.second.terminate()
        self.second.wait()
        super().end()


class Ours(Peer):
    name, upload_path = "vflowopt", "/v1/prune"
    binary = subject.BINARY

    def command(self):
        place = self.place
        place.h2c = place.plain
        return [self.binary, "serve", "--host", "127.0.0.1", "--port", str(place.plain), "--tls-port",
                str(place.tls), "--tls-certificate", place.certificate, "--tls-key", place.key,
                "--unix-socket", place.socket, "--threads", "1", "--log-level", "notice"]


# name, way, protocol, h2load's connections, streams and requests, and what is asked for
ROWS = [
    ("hello, HTTP/1.1, 64 connections", "h1", "h1", 64, 1, 60_000, "hello"),
    ("hello, h2c, 64 x 1", "h2c", "h2", 64, 1, 60_000, "hello"),
    ("hello, h2c, 8 x 32", "h2c", "h2", 8, 32, 120_000, "hello"),
    ("hello, TLS, HTTP/1.1, 64 connections", "tls", "h1", 64, 1, 40_000, "hello"),
    ("hello, TLS, HTTP/2, 64 x 1", "tls", "h2", 64, 1, 40_000, "hello"),
    ("hello, TLS, HTTP/2, 8 x 32", "tls", "h2", 8, 32, 80_000, "hello"),
    ("handshake, TLS 1.3, HTTP/2", "tls", "h2", 500, 1, 500, "hello"),
    ("5 MB upload, TCP", "h1", "h1", 2, 1, 200, "upload"),
    ("5 MB upload, Unix socket", "uds", "h1", 2, 1, 200, "upload"),
    ("5 MB upload, h2c", "h2c", "h2", 2, 1, 200, "upload"),
    ("5 MB upload, TLS, HTTP/1.1", "tls", "h1", 2, 1, 100, "upload"),
    ("5 MB upload, TLS, HTTP/2", "tls", "h2", 2, 1, 100, "upload"),
]


def supports(peer, row):
    _, way, protocol, *_ = row
    return way in peer.ways and (way != "tls" or protocol in peer.tls_protocols)


def measure(peer, row, scale):
    """(microseconds of processor time per request, requests per second); None if some were lost."""
    _, way, protocol, connections, streams, requests, kind = row
    requests = max(int(requests * scale), connections)
    command = [*CLIENT, "h2load", "-n", str(requests), "-c", str(connections), "-m", str(streams), "-t", "1"]
    if protocol == "h1":
        command.append("--h1")
    path = peer.path
    if kind == "upload":
        path = peer.upload_path
        command += ["-d", str(peer.place.folder / "upload.bin"), "-H", "content-type: application/vnd.safetensors"]
    before, begin = peer.cpu_seconds, time.perf_counter()
    done = subprocess.run([*command, *peer.place.uri(way, path)], capture_output=True, text=True, check=False)
    took, spent = time.perf_counter() - begin, peer.cpu_seconds - before
    # Refused uploads are answered as well: what counts is that each was received and answered.
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", done.stdout)
    answered = sum(map(int, codes.groups()[:3])) if codes else 0
    if answered != requests:
        print(f"{peer.name}: {answered} of {requests} answered: {row[0]}", file=sys.stderr)
        return None
    return spent / requests * 1e6, requests / took


def page(binary, folder):
    """The content that ours answers with."""
    with subject.Subject(binary) as service:
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/livez") as answer:
            return answer.read()


def certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", folder / "server.key", "-out", folder / "server.pem"],
        check=True, capture_output=True)


def show(peers, rows, results):
    print("| | " + " | ".join(f"{peer.name} µs" for peer in peers) + " | ours ÷ best peer | ours, requests/s |")
    print("|" + "---|" * (len(peers) + 3))
    for row in rows:
        taken = {name: [one for one in results[row[0], name] if one] for name in (peer.name for peer in peers)}
        medians = {name: statistics.median(one[0] for one in all) for name, all in taken.items() if all}
        ours = medians.get(Ours.name)
        others = [value for name, value in medians.items() if name != Ours.name]
        rate = statistics.median(one[1] for one in taken[Ours.name]) if taken[Ours.name] else 0
        cells = [f"{medians[peer.name]:.1f}" if peer.name in medians else "–" for peer in peers]
        ratio = f"{ours / min(others):.2f}" if ours and others else "–"
        print(f"| {row[0]} | " + " | ".join(cells) + f" | {ratio} | {rate:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", default="", help="comma-separated words; rows that have one of them")
    parser.add_argument("--scale", type=float, default=1, help="times the number of requests")
    options = parser.parse_args()
    Ours.binary = options.binary
    words = [word for word in options.rows.split(",") if word]
    rows = [row for row in ROWS if not words or any(word in row[0] for word in words)]
    kinds = [kind for kind in (Nginx, H2O, Nghttpd) if shutil.which(kind.program)] + [Ours]
    results = {(row[0], kind.name): [] for row in rows for kind in kinds}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        certificate(folder)
        (folder / "upload.bin").write_bytes(bytes(UPLOAD))
        content = page(options.binary, folder)
        peers = []
        for kind in kinds:
            peers.append(kind(Place(folder, content)))
            stack.callback(peers[-1].end)
        for _ in range(options.rounds):
            for row in rows:
                for peer in peers:
                    if supports(peer, row):
                        results[row[0], peer.name].append(measure(peer, row, options.scale))
        show(peers, rows, results)
    lost = sum(one is None for all in results.values() for one in all)
    return traffic.verdict([(lost == 0, f"{lost} measurements with requests that were not answered (0)")])


if __name__ == "__main__":
    sys.exit(main())

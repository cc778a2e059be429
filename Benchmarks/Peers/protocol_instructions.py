#!/usr/bin/env python3
"""Instructions per request over HTTP/2 and per TLS handshake, beside nginx, h2o and nghttpd.

    python3 Benchmarks/Peers/protocol_instructions.py [--binary PATH] [--servers h2o,vflowopt] [--rows h2c] [--keep DIR]

Each server runs under callgrind, which counts what it executes in user space: other work on the machine changes
nothing. Counting begins after a warm-up of the same requests. The columns tell where the instructions are: in
nghttp2, in OpenSSL, in the C library, and in the server's own program and whatever else it is linked with.
"""
import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import servers  # noqa: E402

# name, way, connections, streams, requests
ROWS = [
    ("h2c 64 x 1", "h2c", 64, 1, 6_400),
    ("h2c 8 x 32", "h2c", 8, 32, 8_000),
    ("full handshake", "tls", 100, 1, 100),
]
PARTS = {"nghttp2": "libnghttp2", "OpenSSL": "libcrypto|libssl", "libc": "libc[.-]|ld-linux|vgpreload|libpthread"}


def prefix(folder):
    return ["valgrind", "--tool=callgrind", "--quiet", "--instr-atstart=no", "--compress-strings=no",
            "--compress-pos=no", f"--callgrind-out-file={folder}/counts"]


def load(peer, row):
    _, way, connections, streams, requests = row
    done = subprocess.run(
        ["h2load", "-n", str(requests), "-c", str(connections), "-m", str(streams), "-t", "1",
         *peer.place.uri(way, peer.path)], capture_output=True, text=True, check=False)
    if f" {requests} succeeded" not in done.stdout:
        raise SystemExit(f"{peer.name}: {done.stdout[-600:]}")


def process(peer, way):
    """The one of a server's processes that has the way's listener."""
    return peer.second if way == "h2c" and hasattr(peer, "second") else peer.process


def control(pid, *actions):
    subprocess.run(["callgrind_control", *actions, str(pid)], check=True, capture_output=True)


def parts(file):
    """Instructions by part, self cost of each object of a dump."""
    found, part, skips = collections.Counter(), "program", False
    with open(file, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("ob="):
                name = line[3:].strip()
                part = next((part for part, pattern in PARTS.items() if re.search(pattern, name)), "program")
            elif line.startswith("calls="):
                skips = True
            elif re.match(r"[\d+*-]", line):
                if not skips:
                    found[part] += int(line.split()[1])
                skips = False
    return found


def measure(kind, rows, place, folder, keep):
    servers.SERVER = [*servers.SERVER[:3], *prefix(folder)]
    servers.Peer.patience = 1000
    peer = kind(place)
    try:
        for row in rows:
            pid = process(peer, row[1]).pid
            load(peer, row)
            control(pid, "--instr=on")
            control(pid, "--zero")
            load(peer, row)
            control(pid, "--dump")
            control(pid, "--instr=off")
            file = max(folder.glob("counts.*"), key=lambda path: path.stat().st_mtime_ns)
            found = parts(file)
            cells = [sum(found.values()), *(found[part] for part in PARTS), found["program"]]
            print(f"| {row[0]} | {kind.name} | " + " | ".join(f"{cell / row[4]:.0f}" for cell in cells) + " |",
                  flush=True)
            if keep:
                shutil.copy(file, pathlib.Path(keep) / f"{kind.name}-{row[0].replace(' ', '-')}")
    finally:
        peer.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=servers.subject.BINARY)
    parser.add_argument("--servers", default="", help="comma-separated names; all that are installed without")
    parser.add_argument("--rows", default="", help="comma-separated words; rows that have one of them")
    parser.add_argument("--keep", help="a folder for the dumps, to be read with callgrind_annotate")
    options = parser.parse_args()
    words = [word for word in options.rows.split(",") if word]
    rows = [row for row in ROWS if not words or any(word in row[0] for word in words)]
    names = [name for name in options.servers.split(",") if name]
    kinds = [kind for kind in (servers.Nginx, servers.H2O, servers.Nghttpd, servers.Ours)
             if (kind is servers.Ours or shutil.which(kind.program)) and (not names or kind.name in names)]
    print("| | server | all | " + " | ".join(PARTS) + " | program |\n|" + "---|" * (len(PARTS) + 4))
    for kind in kinds:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            folder = pathlib.Path(folder)
            servers.certificate(folder)
            content = servers.page(options.binary, folder)
            # Valgrind does not read the debugging information of this compiler; names are enough.
            subprocess.run(["objcopy", "--strip-debug", options.binary, folder / "vflowopt"], check=True)
            servers.Ours.binary = folder / "vflowopt"
            measure(kind, rows, servers.Place(folder, content), folder, options.keep)


if __name__ == "__main__":
    main()

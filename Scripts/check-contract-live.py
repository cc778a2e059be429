#!/usr/bin/env python3
"""Holds a service that runs against openapi.yaml: schemathesis sends what the contract allows and
what it forbids, and checks every answer.

    Scripts/check-contract-live.py .build/release/vflowopt [--both] [--seed N] [--max-examples N]
                                   [--schemathesis PROGRAM]

Starts the service on a free port of the loopback interface, gives it a study, a strategy and a region
to find, and sends requests with a key that may do everything, then some without; with --both all of
them again to a service without keys.
What is not held against the service, and why, is in Scripts/schemathesis.toml and
Scripts/contract_checks.py. The same seed sends the same requests. schemathesis comes from PyPI, as
deploy/requirements-contract.txt says, into .build; --schemathesis takes one that is installed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "deploy/requirements-contract.txt"
REGION = "vflowopt-contract"


def tool():
    """A virtual environment below .build, made anew when the list changes."""
    folder = ROOT / ".build/check-contract"
    stamp = folder / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run(
            [folder / "bin/pip", "--quiet", "--disable-pip-version-check", "install", "--no-compile",
             "--requirement", REQUIREMENTS], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin/schemathesis"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def service(binary, *settings):
    """The address of a service that runs as long as the block lasts."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VFLOWOPT_")}
    process = subprocess.Popen(
        [binary, "serve", "--port", str(port), "--store", "memory:", "--log-level", "error",
         "--shared-memory-prefix", f"/{REGION}", "--shared-memory-owner", str(os.getuid()), *settings],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        if process.poll() is not None:
            sys.exit(f"the service ended with status {process.returncode}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


@contextlib.contextmanager
def shared_object():
    """A POSIX shared memory object of one page."""
    path = pathlib.Path(f"/dev/shm/{REGION}-{os.getpid()}")
    path.write_bytes(bytes(4096))
    try:
        yield f"/{path.name}"
    finally:
        path.unlink()


def send(url, method, path, body, key=None):
    fields = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(url + path, data=body, method=method, headers=fields)
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def seed_data(url, memory, key=None):
    """The study and the strategies of the examples, and a region."""
    wanted = (
        "study-create", "study-baseline", "study-ask", "study-tell-default", "study-tell",
        "study-publish", "strategy-put")
    examples = {one["name"]: one for one in json.loads((ROOT / "Examples/index.json").read_text("utf-8"))}
    for name in wanted:
        body = (ROOT / f"Examples/requests/{name}.json").read_bytes()
        send(url, examples[name]["method"], examples[name]["path"], body, key)
    region = json.dumps({"key": memory, "byte_size": 4096}).encode()
    send(url, "PUT", "/v1/shared-memory/example", region, key)


def make_key(binary, folder):
    """A key that may do everything, and the file that lets it in."""
    made = subprocess.run(
        [binary, "keys", "create", "--name", "contract", "--scope", "prune,read,calibrate,admin"],
        capture_output=True, text=True, check=True)
    key, _, lines = made.stdout.partition("\n")
    file = folder / "keys.toml"
    file.write_text(lines, encoding="utf-8")
    file.chmod(0o600)
    return key, file


def run(program, url, options, *more, key=None):
    """Whether schemathesis found nothing."""
    command = [
        program, "--config-file", ROOT / "Scripts/schemathesis.toml", "run", ROOT / "openapi.yaml",
        "--url", url, "--checks", "all", "--seed", str(options.seed), *more]
    if key:
        command += ["--header", f"Authorization: Bearer {key}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "Scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    print(text if done.returncode else text[text.find("\nTest cases:"):].strip(), flush=True)
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-examples", type=int, default=25)
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--schemathesis")
    options = parser.parse_args()
    program = options.schemathesis or tool()
    examples = ("--max-examples", str(options.max_examples))
    with tempfile.TemporaryDirectory() as folder, shared_object() as memory:
        key, file = make_key(options.binary, pathlib.Path(folder))
        with service(options.binary, "--api-keys", file) as url:
            seed_data(url, memory, key)
            print("with a key:", flush=True)
            clean = run(program, url, options, *examples, key=key)
            print("with keys configured, and none sent:", flush=True)
            clean &= run(program, url, options, "--phases", "examples,coverage", "--mode", "positive")
        if options.both:
            with service(options.binary) as url:
                seed_data(url, memory)
                print("without keys:", flush=True)
                clean &= run(program, url, options, *examples)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())

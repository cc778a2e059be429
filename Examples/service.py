"""Starts the service for as long as an example needs it."""
import contextlib
import signal
import subprocess


@contextlib.contextmanager
def running(binary):
    """Runs the program on a free port, yields its URL, and ends it as an operator would."""
    process = subprocess.Popen(
        [binary, "serve", "--host", "127.0.0.1", "--port", "0", "--log-level", "warning",
         "--store", "memory:"],
        stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"the service did not start: {line!r}")
        yield line.split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    if process.returncode != 0:
        raise SystemExit(f"the service ended with {process.returncode}")

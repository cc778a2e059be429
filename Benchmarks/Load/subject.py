"""The service under load: starts it, watches it from outside, ends it."""
import contextlib
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = ROOT / ".build/release/vflowopt"
MIB = 1 << 20


def cpu_seconds(pid):
    """Processor time that the threads of a process have used so far."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            text = pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text(encoding="ascii")
            total += int(text.split()[0])
    return total / 1e9


class Subject:
    """One process of the service."""

    def __init__(self, binary, *flags, port=0, descriptors=None, environment=None):
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8")

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        # A preloaded library may change the environment before main, by which Swift finds its arguments;
        # it changes it once, in env.
        self.process = subprocess.Popen(
            [*(["env"] if environment else []), str(binary), "serve", "--host", "127.0.0.1",
             "--port", str(port), "--log-format", "json", "--log-level", "notice", *flags],
            stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=limit if descriptors else None,
            env={**os.environ, **(environment or {})})
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"the service did not start: {line!r} {self.records()}")
        self.pid = self.process.pid
        self.port = int(line.rsplit(":", 1)[1])

    def records(self):
        """What it has logged so far."""
        self.log.seek(0)
        return self.log.read()

    def _status(self, name):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        return 0

    @property
    def resident(self):
        """Resident bytes now."""
        return self._status("VmRSS")

    @property
    def peak(self):
        """The most resident bytes since the start."""
        return self._status("VmHWM")

    @property
    def descriptors(self):
        """Open descriptors now."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def cpu_seconds(self):
        """Processor time used so far."""
        return cpu_seconds(self.pid)

    def terminate(self):
        """The first SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def end(self, timeout=60):
        """SIGTERM if it still runs; returns the exit status."""
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Sampler(threading.Thread):
    """Calls a function at an interval, keeps (seconds since start, value)."""

    def __init__(self, function, interval=0.1):
        super().__init__(daemon=True)
        self.function, self.interval, self.samples = function, interval, []
        self._ended = threading.Event()
        self.start()

    def run(self):
        begin = time.monotonic()
        while not self._ended.wait(self.interval):
            with contextlib.suppress(OSError):
                self.samples.append((time.monotonic() - begin, self.function()))

    def stop(self):
        """Ends the sampling; returns the samples."""
        self._ended.set()
        self.join()
        return self.samples

#!/usr/bin/env python3
"""Prune latency while models are fitted: continuous asks of studies with 300 and with 1000 measured trials.

    python3 Benchmarks/Load/fits.py [--binary PATH] [--seconds 4] [--rounds 4] [--rate 200]

One process prunes one image at a fixed rate, another asks without a pause; windows with and without asks take
turns. The studies have six free parameters, and each is left after 30 asks for a fresh copy, so that it keeps
its size. Exits 1 if the p99 of prunes with asks is more than 1.5 times that without, or an ask's p99 is above
50 ms at 300 trials or 500 ms at 1000. On a machine that does other things too only the ratio means something.
"""
import argparse
import http.client
import json
import multiprocessing
import pathlib
import random
import socket
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from service import one_image
from subject import BINARY, Subject

ASKS_PER_STUDY = 30
SIZES = {300: 50.0, 1000: 500.0}
BUDGET = 0.25


class Client:
    """One connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, method, path, body, media_type="application/json"):
        """The content of an answer, and the seconds that it took."""
        begin = time.perf_counter()
        self.connection.request(method, path, body, {"Content-Type": media_type})
        answer = self.connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - begin
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {content[:300]}")
        return content, seconds


def strategy(generator):
    """A strategy within the default bounds that meets the budget; four stages of seven layers."""
    while True:
        first = generator.uniform(BUDGET, 1.5 * BUDGET)
        second, third = (generator.uniform(0.8 / 1.5, 1) for _ in range(2))
        rest = 4 * BUDGET / first - 1 - second - second * third
        if 0.01 <= rest / (second * third) <= 1:
            ratios = [first, second, third]
            stages = [{"layer": 7 * place, "retain_ratio": ratio} for place, ratio in enumerate(ratios)]
            return {"layers": 28, "stages": [*stages, {"layer": 21}], "token_budget": BUDGET,
                    "global_threshold": generator.uniform(0, 50), "entropy_weight": generator.uniform(-1, 1),
                    "recycling_cell_size": generator.uniform(3, 24)}


def value(strategy, generator):
    """A smooth objective with a little noise."""
    first, cell = strategy["stages"][0]["retain_ratio"], strategy["recycling_cell_size"]
    bowl = ((first - 0.31) / 0.1) ** 2 + ((strategy["global_threshold"] - 30) / 40) ** 2
    return 0.97 - 0.02 * bowl - 0.01 * abs(strategy["entropy_weight"]) - 0.0005 * cell + generator.gauss(0, 1e-3)


def make_studies(port, size, copies):
    """Studies with so many measured trials; their names."""
    client, generator = Client(port), random.Random(size)
    trials = [strategy(generator) for _ in range(size)]
    body = json.dumps({"trials": [{"strategy": one, "value": value(one, generator)} for one in trials]})
    names = [f"s{size}-{copy}" for copy in range(copies)]
    for name in names:
        client.send("POST", "/v1/studies", json.dumps(
            {"name": name, "layers": 28, "stage_layers": [7, 14, 21], "token_budget": BUDGET}))
        client.send("POST", f"/v1/studies/{name}/trials:import", body)
        # The default strategy's trial is handed out first, and without a fit.
        client.send("POST", f"/v1/studies/{name}/trials:ask", '{"client_id":"first"}')
    return names


def ask(port, names, asking, ended, times):
    """Asks for one new trial after the other while it may."""
    client, count = Client(port), 0
    while not ended.is_set():
        if not asking.wait(0.05):
            continue
        name = names[count // ASKS_PER_STUDY % len(names)]
        _, seconds = client.send("POST", f"/v1/studies/{name}/trials:ask", json.dumps({"client_id": f"c{count}"}))
        count += 1
        times.put(seconds)


def prune(client, body, rate, seconds):
    """Latencies at a fixed rate: what begins late because the one before it took long counts from when it was due."""
    begin, latencies = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        client.send("POST", "/v1/prune", body, "application/vnd.safetensors")
        latencies.append(time.perf_counter() - due)
    return latencies


def percentile(values, share):
    """The value below which that share lies, in milliseconds."""
    return 1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(subject, size, settings):
    """One line of the table."""
    names = make_studies(subject.port, size, 40 if size <= 300 else 12)
    asking, ended, times = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue()
    asker = multiprocessing.Process(target=ask, args=(subject.port, names, asking, ended, times), daemon=True)
    asker.start()
    client, body = Client(subject.port), one_image()
    prune(client, body, settings.rate, 1)
    quiet, busy, asks = [], [], []
    for _ in range(settings.rounds):
        quiet += prune(client, body, settings.rate, settings.seconds)
        asking.set()
        busy += prune(client, body, settings.rate, settings.seconds)
        asking.clear()
        time.sleep(0.3)
    ended.set()
    while not times.empty() or asker.is_alive():
        try:
            asks.append(times.get(timeout=0.2))
        except Exception:  # The queue's own class for an empty queue lies in another module.
            pass
    asker.join()
    ratio = percentile(busy, 0.99) / percentile(quiet, 0.99)
    print(f"| {size} | {len(asks)} | {1000 * statistics.median(asks):.0f} | {percentile(asks, 0.99):.0f} "
          f"| {len(quiet)} | {percentile(quiet, 0.5):.2f} | {percentile(quiet, 0.99):.2f} "
          f"| {percentile(busy, 0.5):.2f} | {percentile(busy, 0.99):.2f} | {ratio:.2f} |", flush=True)
    return ratio <= 1.5 and percentile(asks, 0.99) <= SIZES[size]


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--rate", type=float, default=200)
    settings = parser.parse_args()
    print("| trials | asks | ask p50 ms | ask p99 ms | prunes each | alone p50 ms | alone p99 ms "
          "| with asks p50 ms | with asks p99 ms | p99 ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    good = True
    for size in SIZES:
        with Subject(settings.binary) as subject:
            good = measure(subject, size, settings) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

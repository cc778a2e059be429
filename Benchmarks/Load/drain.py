#!/usr/bin/env python3
"""SIGTERM under load: every request that was accepted is answered, and the exit status is 0.

    python3 Benchmarks/Load/drain.py [--binary PATH] [--rounds 10]

Kept connections send small requests, images and heavy requests without a pause until their
connection ends. An answer with another status than 200 is a refusal if it is 503; a connection that
ends after a request was sent and before its whole answer came is a loss. A new connection that is not
made is neither. The first signal comes at another moment of the traffic in each round.
"""
import argparse
import asyncio
import collections
import json
import random
import sys
import time

import subject
import traffic


async def client(port, request, counts, ended):
    """Sends until the service is gone."""
    while not ended.is_set():
        try:
            connection = await traffic.Connection.open(port)
        except traffic.Refused:
            counts["not connected"] += 1
            await asyncio.sleep(0.02)
            continue
        try:
            while not ended.is_set():
                answer = await connection.exchange(request)
                counts[answer.status] += 1
                if answer.closes:
                    counts["announced ends"] += 1
                    break
        except traffic.Lost:
            counts["lost"] += 1
        connection.close()


async def one_round(binary, seed):
    """Counts, seconds of the drain, exit status, the log's last word."""
    counts, ended = collections.Counter(), asyncio.Event()
    # A wait for a place instead of a refusal, so that much is queued when the signal comes.
    service = subject.Subject(
        binary, "--threads", "2", "--drain-grace-seconds", "20", "--queue-wait-seconds", "10")
    requests = [traffic.plan()] * 16 + [traffic.image()] * 8 + [traffic.heavy()] * 4
    tasks = [asyncio.create_task(client(service.port, request, counts, ended)) for request in requests]
    await asyncio.sleep(0.5 + random.Random(seed).random() / 2)
    begin = time.perf_counter()
    service.terminate()
    status = await asyncio.to_thread(service.process.wait, 60)
    took = time.perf_counter() - begin
    ended.set()
    await asyncio.gather(*tasks)
    last = json.loads(service.records().splitlines()[-1])
    return counts, took, status, last.get("drain.complete")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    rounds = [asyncio.run(one_round(options.binary, seed)) for seed in range(options.rounds)]
    traffic.table(
        ["round", "answered 200", "refused 503", "other", "lost", "ends announced", "drain", "exit", "complete"],
        [[index + 1, counts[200], counts[503],
          sum(count for key, count in counts.items() if isinstance(key, int) and key not in (200, 503)),
          counts["lost"], counts["announced ends"], f"{took:.2f} s", status, complete]
         for index, (counts, took, status, complete) in enumerate(rounds)])
    total = sum((counts for counts, *_ in rounds), collections.Counter())
    return traffic.verdict([
        (total["lost"] == 0, f"{total['lost']} of {total[200] + total[503] + total['lost']} requests lost (0)"),
        (all(status == 0 for *_, status, _ in rounds), "every exit status is 0"),
        (all(complete is True for *_, complete in rounds), "every drain was complete"),
        (max(took for _, took, _, _ in rounds) < 20, "every drain ended within the grace period")])


if __name__ == "__main__":
    sys.exit(main())

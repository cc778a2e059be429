#!/usr/bin/env python3
"""Ten times the sustainable load: what the accepted requests feel, what refusals cost, and after.

    python3 Benchmarks/Load/overload.py [--binary PATH] [--rounds 3] [--seconds 5]
                                        [--queue-capacity N] [--queue-wait SECONDS] [--impatient]

Sustainable load is what a closed loop of four clients gets from one worker. Each round measures it,
then 80 % of it and ten times it as open loops (random arrivals, times counted from when a request
was due), then whether a closed loop has the full rate again in the first second. At the end forty
clients send bodies of 12 MiB at once, to see what that does to memory. Requests wait for 100-continue,
as a client with large bodies should; --impatient ones send their 840 kB at once. Medians over the rounds
are judged. Client and server share the machine.
"""
import argparse
import asyncio
import collections
import statistics
import sys
import time

import subject
import traffic

CLIENTS = 4
IN_FLIGHT, BASE = 64, 64
FLAGS = (
    "--threads", "1", "--in-flight-bytes", f"{IN_FLIGHT}MiB", "--maximum-body-bytes", "16MiB",
    "--maximum-json-body-bytes", "16MiB", "--maximum-chunked-body-bytes", "16MiB")


def accepted(answers):
    return [answer.seconds for answer in answers if answer.status == 200]


def refused(answers):
    return [answer.seconds for answer in answers if answer.status in (429, 503)]


async def recovery(port, request):
    """Requests a second in the first second after the storm, as a share of those in the two after it."""
    first, _, took = await traffic.closed_loop(port, request, CLIENTS, 1)
    later, _, later_took = await traffic.closed_loop(port, request, CLIENTS, 2)
    return (len(accepted(first)) / took) / (len(accepted(later)) / later_took)


async def flood(port):
    """Forty clients with bodies of 12 MiB at once, of which five fit; counts of the statuses."""
    request = traffic.message("/v1/prune", bytes(12 << 20), traffic.BINARY_TYPE)
    answers, faults, _ = await traffic.closed_loop(port, request, 40, 4)
    return collections.Counter(answer.status for answer in answers), faults


async def one_round(port, request, seconds, seed):
    """The numbers of one round."""
    answers, _, took = await traffic.closed_loop(port, request, CLIENTS, seconds)
    sustainable = len(accepted(answers)) / took
    calm, calm_faults, _ = await traffic.open_loop(port, request, 0.8 * sustainable, seconds, seed)
    storm, storm_faults, took = await traffic.open_loop(port, request, 10 * sustainable, seconds, seed)
    back = await recovery(port, request)
    return {
        "sustainable": sustainable, "calm": accepted(calm), "calm_refused": len(refused(calm)) / len(calm),
        "storm": accepted(storm), "refused": refused(storm), "offered": len(storm) / took, "took": took,
        "waits": sorted({answer.fields.get("retry-after") for answer in storm if answer.status == 503}, key=str),
        "lost": len(calm_faults) + len(storm_faults), "back": back,
        "other": sum(answer.status not in (200, 429, 503) for answer in storm + calm)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=subject.BINARY)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--queue-capacity", help="waiting places, if not as many as by default")
    parser.add_argument("--queue-wait", help="the longest wait, if not the default")
    parser.add_argument("--impatient", action="store_true", help="bodies are sent without waiting")
    options = parser.parse_args()
    request = traffic.heavy(expects=not options.impatient)
    flags = [*FLAGS]
    if options.queue_capacity:
        flags += ["--queue-capacity", options.queue_capacity]
    if options.queue_wait:
        flags += ["--queue-wait-seconds", options.queue_wait]
    with subject.Subject(options.binary, *flags) as service:
        asyncio.run(traffic.closed_loop(service.port, request, 2, 1))
        rounds = [
            asyncio.run(one_round(service.port, request, options.seconds, seed))
            for seed in range(options.rounds)]
        statuses, faults = asyncio.run(flood(service.port))
        peak = service.peak / subject.MIB
    rows, ratios = [], []
    for index, one in enumerate(rounds):
        calm, storm = traffic.quantile(one["calm"], 0.99), traffic.quantile(one["storm"], 0.99)
        ratios.append(storm / calm if calm else float("inf"))
        rows.append([
            index + 1, f"{one['sustainable']:.1f}/s", f"{one['offered']:.0f}/s", f"{one['calm_refused']:.1%}",
            f"{calm * 1e3:.0f} ms", f"{storm * 1e3:.0f} ms", f"{ratios[-1]:.2f}",
            f"{len(one['storm']) / one['took'] / one['sustainable']:.0%}", len(one["refused"]),
            f"{traffic.quantile(one['refused'], 0.5) * 1e3:.1f} / {traffic.quantile(one['refused'], 0.99) * 1e3:.1f} ms",
            ", ".join(map(str, one["waits"])), f"{one['back']:.0%}"])
    traffic.table(
        ["round", "sustainable", "offered in the storm", "refused at 80 %", "p99 at 80 %", "p99 in the storm",
         "ratio", "goodput in the storm", "refused", "refusal p50 / p99", "Retry-After", "first second after"], rows)
    refusals = [second for one in rounds for second in one["refused"]]
    ceiling = IN_FLIGHT + BASE
    median, back = statistics.median(ratios), statistics.median(one["back"] for one in rounds)
    print(f"flood of large bodies: {statuses[400]} read and found malformed, {statuses[503]} refused")
    return traffic.verdict([
        (set(statuses) <= {400, 503} and statuses[400] > 0 and not faults,
         f"{len(faults)} of {sum(statuses.values()) + len(faults)} large bodies without a proper answer (0)"),
        (median <= 2, f"accepted p99 in the storm is {median:.2f} times that at 80 % (at most 2)"),
        (traffic.quantile(refusals, 0.5) < 0.005,
         f"a refusal takes {traffic.quantile(refusals, 0.5) * 1e3:.1f} ms, median (below 5)"),
        (peak < ceiling, f"peak memory {peak:.0f} MiB (ceiling {ceiling}: in flight + idle buffers + {BASE})"),
        (back >= 0.9, f"in the first second after the storm the rate is {back:.0%} of that in the next two (at least 90 %)"),
        (all(one["lost"] + one["other"] == 0 for one in rounds),
         f"{sum(one['lost'] + one['other'] for one in rounds)} requests without a proper answer (0)")])


if __name__ == "__main__":
    sys.exit(main())

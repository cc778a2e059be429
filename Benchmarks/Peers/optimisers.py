#!/usr/bin/env python3
"""Our optimiser against scikit-optimize, optuna's GP sampler and random search.

    python3 Benchmarks/Peers/optimisers.py --cache DIR PROGRAM [--seeds 20] [--plots docs/images]

PROGRAM is Benchmarks' AskTell, a release build. Every run is kept in DIR, one file per optimiser,
objective and seed, and for ours per program, so only what changed runs again. Prints the table of docs/optimisation.md:
median regret (optimum less best value) over the seeds.
"""

import argparse
import hashlib
import json
import pathlib
import statistics
import sys

from objectives import OBJECTIVES
from optimiser_peers import PEERS, run_ours

EVALUATIONS = 50
OURS = "ours"


def kept(name, objective, seed, options):
    """Where the values of a run are kept."""
    if name == OURS:
        name += "-" + hashlib.sha256(options.program.read_bytes()).hexdigest()[:12]
    return options.cache / f"{name}.{objective}.{seed}.json"


def values_of(name, objective, seed, options):
    """The values of one run, run now unless they were kept."""
    bounds, _, function = OBJECTIVES[objective]
    path = kept(name, objective, seed, options)
    if not path.exists():
        run, argument = (run_ours, options.program) if name == OURS else PEERS[name]
        values = run(bounds, function, EVALUATIONS, seed, argument)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(values))
        draft.rename(path)
    return json.loads(path.read_text())


def regrets(values, optimum):
    """Optimum less the best value so far, after each evaluation."""
    curve, best = [], -float("inf")
    for value in values:
        best = max(best, value)
        curve.append(optimum - best)
    return curve


def parsed():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "program", nargs="?", type=pathlib.Path, help="AskTell; left out, only peers run")
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--objectives", nargs="*", default=list(OBJECTIVES))
    parser.add_argument("--cached-only", action="store_true", help="run no peer")
    parser.add_argument("--plots", type=pathlib.Path, help="write regret curves there as SVG")
    return parser.parse_args()


def available(name, objective, seed, options):
    """Whether this run may be shown."""
    return name == OURS or not options.cached_only or kept(name, objective, seed, options).exists()


def collect(options):
    """Curves by objective, optimiser and seed."""
    names = options.peers + ([OURS] if options.program else [])
    curves = {objective: {name: [] for name in names} for objective in options.objectives}
    for seed in range(options.seeds):
        for objective in options.objectives:
            for name in names:
                if not available(name, objective, seed, options):
                    continue
                values = values_of(name, objective, seed, options)
                curves[objective][name].append(regrets(values, OBJECTIVES[objective][1]))
    return curves


def table(curves):
    """Rows of a Markdown table; (n) where fewer seeds were run than the most."""
    names = list(next(iter(curves.values())))
    most = max(len(runs) for row in curves.values() for runs in row.values())
    lines = ["| objective | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for objective, row in curves.items():
        cells = []
        for runs in row.values():
            final = f"{statistics.median(run[-1] for run in runs):.2g}" if runs else "–"
            cells.append(final + (f" ({len(runs)})" if 0 < len(runs) < most else ""))
        lines.append(f"| {objective} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    """Runs, prints, plots."""
    options = parsed()
    options.cache.mkdir(parents=True, exist_ok=True)
    curves = collect(options)
    print(table(curves))
    if options.plots:
        from regret_plot import draw

        draw(curves, options.plots / "optimiser-regret.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())

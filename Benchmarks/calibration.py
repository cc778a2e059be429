#!/usr/bin/env python3
"""Calibration on the reference model against the default strategy and random search.

    python3 Benchmarks/calibration.py [--seeds 10] [--trials 50] [--plot docs/images/calibration.svg]
    python3 Benchmarks/calibration.py --from runs.jsonl     the table of an earlier run

Builds and runs Benchmarks' CalibrationTable and prints the tables of docs/reference-model.md.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
METHODS = ["default", "random", "calibrated", "early stopping"]
COLOURS = {"random": "#8a8a8a", "calibrated": "#b0203a", "early stopping": "#2f6fb0"}


def parsed():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, number in (("seeds", 10), ("trials", 50), ("samples", 30), ("questions", 8),
                         ("portion", 15), ("places", 2)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--budgets", default="0.25,0.1")
    parser.add_argument("--from", dest="source", type=pathlib.Path, help="lines of an earlier run")
    parser.add_argument("--keep", type=pathlib.Path, help="write the lines there")
    parser.add_argument("--plot", type=pathlib.Path, help="write the curves there as SVG")
    return parser.parse_args()


def run(options):
    """The lines of a run."""
    build = ["swift", "build", "-c", "release", "--package-path", str(HERE), "--product",
             "CalibrationTable"]
    subprocess.run(build, check=True, stdout=sys.stderr)
    program = [str(HERE / ".build/release/CalibrationTable"), "--budgets", options.budgets]
    for name in ("seeds", "trials", "samples", "questions", "portion", "places"):
        program += [f"--{name}", str(getattr(options, name))]
    started = time.monotonic()
    text = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(f"{time.monotonic() - started:.0f} seconds", file=sys.stderr)
    return text


def arranged(text):
    """Outcomes by budget, method and seed."""
    outcomes = {}
    for line in text.splitlines():
        outcome = json.loads(line)
        row = outcomes.setdefault(outcome["budget"], {name: {} for name in METHODS})
        row[outcome["method"]][outcome["seed"]] = outcome
    return outcomes


def quality(outcomes):
    """Held-out similarity of what each method chose."""
    lines = ["| budget | method | held out, median | lowest | highest | seen, median | "
             "better than default | better than random |", "|---" * 8 + "|"]
    for budget, row in outcomes.items():
        for method in METHODS:
            runs = row[method]
            held = [run["heldOut"] for run in runs.values()]
            seen = statistics.median(run["seen"] for run in runs.values())
            wins = [f"{sum(runs[seed]['heldOut'] > row[other][seed]['heldOut'] for seed in runs)}"
                    f" of {len(runs)}" if METHODS.index(method) > METHODS.index(other) else ""
                    for other in ("default", "random")]
            lines.append(
                f"| {budget} | {method} | {statistics.median(held):.4f} | {min(held):.4f} | "
                f"{max(held):.4f} | {seen:.4f} | {wins[0]} | {wins[1]} |")
    return "\n".join(lines)


def savings(outcomes):
    """What early stopping costs and saves, seed by seed."""
    lines = ["| budget | seed | default | random | calibrated | early stopping | rows measured | "
             "best seen, early stopping less all rows |", "|---" * 8 + "|"]
    shares = []
    for budget, row in outcomes.items():
        for seed in sorted(row["early stopping"]):
            runs = {method: row[method][seed] for method in METHODS}
            share = runs["early stopping"]["rows"] / runs["calibrated"]["rows"]
            shares.append(share)
            cells = " | ".join(f"{runs[method]['heldOut']:.4f}" for method in METHODS)
            difference = runs["early stopping"]["seen"] - runs["calibrated"]["seen"]
            lines.append(
                f"| {budget} | {seed} | {cells} | {100 * share:.0f} % | {difference:+.4f} |")
    lines.append("")
    lines.append(f"Rows measured: median {100 * statistics.median(shares):.0f} %, "
                 f"mean {100 * statistics.mean(shares):.0f} %, "
                 f"most {100 * max(shares):.0f} % of all rows.")
    return "\n".join(lines)


def curves(outcomes):
    """Per budget and method, the median over seeds of the best value seen after each trial."""
    panels = {}
    for budget, row in outcomes.items():
        panels[budget] = {
            method: [statistics.median(values)
                     for values in zip(*(run["curve"] for run in row[method].values()))]
            for method in METHODS[1:]}
    return panels


def draw(panels, path):
    """One panel per budget, written by hand."""
    width, height, gap = 300, 200, 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 '
        f'{len(panels) * (width + gap) + 20} {height + 110}" font-family="sans-serif" '
        'font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for index, (method, colour) in enumerate(COLOURS.items()):
        x = gap + 110 * index
        parts.append(f'<path d="M{x} 18h22" stroke="{colour}" stroke-width="3"/>'
                     f'<text x="{x + 28}" y="22">{method}</text>')
    for index, (budget, rows) in enumerate(panels.items()):
        x, y = gap + index * (width + gap), 56
        values = [value for curve in rows.values() for value in curve]
        low, high = min(values), max(values)
        parts.append(f'<text x="{x}" y="{y - 8}" font-weight="bold">budget {budget}</text>')
        parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" '
                     'stroke="#888"/>')
        for step in range(5):
            value = low + (high - low) * step / 4
            line = y + height * (1 - step / 4)
            parts.append(f'<path d="M{x} {line:.1f}h{width}" stroke="#e4e4e4"/>'
                         f'<text x="{x - 6}" y="{line + 4:.1f}" text-anchor="end">{value:.3f}</text>')
        for method, curve in rows.items():
            points = " ".join(
                f"{x + width * (trial + 1) / len(curve):.1f},"
                f"{y + height * (high - value) / max(high - low, 1e-9):.1f}"
                for trial, value in enumerate(curve))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[method]}" '
                         'stroke-width="1.8"/>')
        count = len(next(iter(rows.values())))
        for trial in range(10, count + 1, 10):
            place = x + width * trial / count
            parts.append(f'<text x="{place:.1f}" y="{y + height + 16}" '
                         f'text-anchor="middle">{trial}</text>')
        parts.append(f'<text x="{x + width / 2}" y="{y + height + 34}" text-anchor="middle">'
                     "trials</text>")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


def main():
    """Runs, prints, draws."""
    options = parsed()
    text = options.source.read_text() if options.source else run(options)
    if options.keep:
        options.keep.write_text(text)
    outcomes = arranged(text)
    print(quality(outcomes))
    print()
    print(savings(outcomes))
    if options.plot:
        draw(curves(outcomes), options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())

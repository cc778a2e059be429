"""Regret curves as a small SVG written by hand: one panel per objective, logarithmic scale."""

import math
import statistics

COLOURS = {"random": "#8a8a8a", "skopt": "#c77700", "skopt-27": "#d9b36a", "optuna": "#2f6fb0",
           "ours": "#b0203a"}
PANEL, GAP, COLUMNS = (260, 190), (64, 62), 2


def draw(curves, path):
    """Writes medians over the seeds for every objective."""
    rows = math.ceil(len(curves) / COLUMNS)
    width = COLUMNS * (PANEL[0] + GAP[0]) + 20
    height = rows * (PANEL[1] + GAP[1]) + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>']
    parts += legend(next(iter(curves.values())))
    for index, (objective, row) in enumerate(curves.items()):
        x = GAP[0] + index % COLUMNS * (PANEL[0] + GAP[0])
        y = 56 + index // COLUMNS * (PANEL[1] + GAP[1])
        parts += panel(objective, row, x, y)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


def legend(row):
    """One coloured name after the other."""
    parts, x = [], GAP[0]
    for name in row:
        parts.append(
            f'<path d="M{x} 18h22" stroke="{COLOURS[name]}" stroke-width="3"/>'
            f'<text x="{x + 28}" y="22">{name}</text>')
        x += 110
    return parts


def panel(objective, row, x, y):
    """Axes and curves."""
    medians = {
        name: [statistics.median(values) for values in zip(*runs)]
        for name, runs in row.items() if runs}
    largest = max(max(curve) for curve in medians.values())
    smallest = min(min(curve) for curve in medians.values())
    top, bottom = math.ceil(math.log10(largest)), math.floor(math.log10(max(smallest, 1e-8)))
    count = max(len(curve) for curve in medians.values())

    def place(index, value):
        share = (top - math.log10(max(value, 1e-8))) / max(top - bottom, 1)
        return f"{x + PANEL[0] * (index + 1) / count:.1f},{y + PANEL[1] * share:.1f}"

    parts = [f'<text x="{x}" y="{y - 8}" font-weight="bold">{objective}</text>']
    parts += axes(x, y, top, bottom, count)
    for name, curve in medians.items():
        points = " ".join(place(index, value) for index, value in enumerate(curve))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" '
            f'stroke-width="{2.2 if name == "ours" else 1.5}"/>')
    return parts


def axes(x, y, top, bottom, count):
    """A frame, a line per power of ten, and labels."""
    parts = [
        f'<rect x="{x}" y="{y}" width="{PANEL[0]}" height="{PANEL[1]}" fill="none" stroke="#888"/>']
    for power in range(bottom, top + 1):
        line = y + PANEL[1] * (top - power) / max(top - bottom, 1)
        parts.append(f'<path d="M{x} {line:.1f}h{PANEL[0]}" stroke="#e4e4e4"/>')
        parts.append(
            f'<text x="{x - 8}" y="{line + 4:.1f}" text-anchor="end">10'
            f'<tspan dy="-5" font-size="9">{power}</tspan></text>')
    for index in (10, 20, 30, 40, 50):
        if index <= count:
            place = x + PANEL[0] * index / count
            parts.append(
                f'<text x="{place:.1f}" y="{y + PANEL[1] + 16}" text-anchor="middle">{index}</text>')
    parts.append(
        f'<text x="{x + PANEL[0] / 2}" y="{y + PANEL[1] + 32}" text-anchor="middle">'
        "evaluations</text>")
    return parts

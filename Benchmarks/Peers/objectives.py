"""Closed-form objectives to be maximised, in natural units: name -> (bounds, optimum, function).

`strategy` is the five-parameter objective of the reference optimiser's trace
(Tests/Fixtures/Reference/optimiser_trace.json); the others are the standard functions of
https://www.sfu.ca/~ssurjano/optimization.html, negated.
"""

import math

HARTMANN_WEIGHTS = (1.0, 1.2, 3.0, 3.2)
HARTMANN3 = (
    ((3.0, 10, 30), (0.1, 10, 35), (3.0, 10, 30), (0.1, 10, 35)),
    (
        (0.3689, 0.1170, 0.2673), (0.4699, 0.4387, 0.7470),
        (0.1091, 0.8732, 0.5547), (0.0381, 0.5743, 0.8828),
    ),
)
HARTMANN6 = (
    (
        (10, 3, 17, 3.5, 1.7, 8), (0.05, 10, 17, 0.1, 8, 14),
        (3, 3.5, 1.7, 10, 17, 8), (17, 8, 0.05, 10, 0.1, 14),
    ),
    (
        (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
        (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
        (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
        (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
    ),
)


def strategy(x):
    """r1, r2, global threshold, recycling cell size, entropy weight."""
    r1, r2, t, m, alpha = x
    s = ((math.log1p(t) - 3.2) / 1.2) ** 2 + ((m - 12.5) / 9) ** 2 + ((alpha - 0.15) / 0.8) ** 2
    s += ((r1 - 0.285) / 0.08) ** 2 + ((r2 - 0.83) / 0.35) ** 2
    return 30 * (0.55 + 0.45 * math.exp(-0.5 * s))


def branin(x):
    """Three equal optima."""
    a, b = x
    bowl = (b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6) ** 2
    return -(bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10)


def goldstein_price(x):
    """The logarithm: the function itself spans five decades."""
    a, b = x
    one = 1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a * a - 14 * b + 6 * a * b + 3 * b * b)
    two = 18 - 32 * a + 12 * a * a + 48 * b - 36 * a * b + 27 * b * b
    return -math.log(one * (30 + (2 * a - 3 * b) ** 2 * two))


def hartmann(x, table):
    """Four bumps."""
    return sum(
        weight * math.exp(-sum(w * (v - c) ** 2 for w, c, v in zip(widths, centre, x)))
        for weight, widths, centre in zip(HARTMANN_WEIGHTS, *table)
    )


def rosenbrock(x):
    """A curved valley."""
    return -sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def ackley(x):
    """Many ripples around one funnel."""
    square = sum(v * v for v in x) / len(x)
    wave = sum(math.cos(2 * math.pi * v) for v in x) / len(x)
    return 20 * math.exp(-0.2 * math.sqrt(square)) + math.exp(wave) - 20 - math.e


def levy(x):
    """Ripples in a bowl."""
    w = [1 + (v - 1) / 4 for v in x]
    first = math.sin(math.pi * w[0]) ** 2
    middle = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return -(first + middle + last)


OBJECTIVES = {
    "strategy": (
        [(0.25, 0.375), (0.5333333333333333, 1.0), (0.0, 50.0), (3.0, 24.0), (-1.0, 1.0)],
        30.0, strategy),
    "branin2": ([(-5.0, 10.0), (0.0, 15.0)], -0.39788735772973816, branin),
    "log-goldstein-price2": ([(-2.0, 2.0)] * 2, -math.log(3), goldstein_price),
    "hartmann3": ([(0.0, 1.0)] * 3, 3.86278214782076, lambda x: hartmann(x, HARTMANN3)),
    "levy4": ([(-10.0, 10.0)] * 4, 0.0, levy),
    "rosenbrock4": ([(-5.0, 10.0)] * 4, 0.0, rosenbrock),
    "ackley5": ([(-32.768, 32.768)] * 5, 0.0, ackley),
    "hartmann6": ([(0.0, 1.0)] * 6, 3.32236801141551, lambda x: hartmann(x, HARTMANN6)),
}

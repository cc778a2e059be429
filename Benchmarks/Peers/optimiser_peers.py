"""One run of one optimiser on one objective: the values in the order of evaluation.

Ours talks over standard input and output with Benchmarks' AskTell program. Needs scikit-optimize,
optuna, scipy and torch from PyPI for the peers; each runs with its defaults.
"""

import os
import random
import subprocess
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

RESEARCH_INITIAL_POINTS = 27  # what the paper's code gives scikit-optimize


def run_random(bounds, function, evaluations, seed, _):
    """Uniform points."""
    source = random.Random(seed)
    points = ([source.uniform(*bound) for bound in bounds] for _ in range(evaluations))
    return [function(point) for point in points]


def run_skopt(bounds, function, evaluations, seed, initial):
    """`gp_minimize`, acquisition `gp_hedge`, as the research code calls it."""
    import skopt

    warnings.filterwarnings("ignore")
    result = skopt.gp_minimize(
        lambda x: -function(x), bounds, n_calls=evaluations, n_initial_points=initial,
        random_state=seed)
    return [-float(value) for value in result.func_vals]


def run_optuna(bounds, function, evaluations, seed, _):
    """`GPSampler` with its defaults: 10 random trials first."""
    import optuna
    import torch

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.GPSampler(seed=seed))

    def evaluate(trial):
        return function([trial.suggest_float(f"x{i}", *bound) for i, bound in enumerate(bounds)])

    study.optimize(evaluate, n_trials=evaluations)
    return [trial.value for trial in study.trials]


def run_ours(bounds, function, evaluations, seed, program):
    """Asks for one point at a time and tells its value."""
    head = " ".join(f"{low!r} {high!r}" for low, high in bounds)
    with subprocess.Popen(
        [program, str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        print(head, file=child.stdin, flush=True)
        values = []
        for _ in range(evaluations):
            point = [float(word) for word in child.stdout.readline().split()]
            values.append(function(point))
            print(repr(values[-1]), file=child.stdin, flush=True)
        child.stdin.close()
    return values


PEERS = {
    "random": (run_random, None),
    "skopt": (run_skopt, 10),
    "skopt-27": (run_skopt, RESEARCH_INITIAL_POINTS),
    "optuna": (run_optuna, None),
}

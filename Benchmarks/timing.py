"""How long an operation takes, for tables that compare it with others in one process."""
import statistics
import time


def median(operation, rounds):
    """The median seconds of `rounds` runs after one to warm up."""
    operation()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        operation()
        times.append(time.perf_counter() - start)
    return statistics.median(times)

"""What benchmarks have measured, told alike: turns of one operation, medians and ratios of them."""
import dataclasses
import statistics

import numpy

from shared_memory import seconds


@dataclasses.dataclass
class Turn:
    """One turn: seconds and bytes of one operation."""

    cpu: float
    bytes: int
    copy: float  # of a memcpy of as many bytes
    peers: dict = dataclasses.field(default_factory=dict)  # processor time of a peer in the same round, by name
    p50: float | None = None
    p99: float | None = None
    faults: float | None = None
    peak: float | None = None


@dataclasses.dataclass
class Row:
    """The same operation in every round."""

    what: str
    way: str | None = None
    connections: int | None = None
    turns: list = dataclasses.field(default_factory=list)
    failure: str | None = None

    def median(self, name):
        """Of one figure of the turns; None where it has no meaning."""
        values = [getattr(turn, name) for turn in self.turns]
        return None if None in values else statistics.median(values)

    @property
    def rate(self):
        """Bytes per second of processor time."""
        return statistics.median(turn.bytes / turn.cpu for turn in self.turns)

    @property
    def copies(self):
        """Processor time over that of a memcpy."""
        return statistics.median(turn.cpu / turn.copy for turn in self.turns)

    def ratios(self):
        """Every peer's processor time over ours, both of the same round: the median, and the range of several."""
        names = dict.fromkeys(name for turn in self.turns for name in turn.peers)
        return {name: spread([turn.peers[name] / turn.cpu for turn in self.turns if name in turn.peers])
                for name in names}


def spread(ratios):
    """`24.1` of one ratio, `24.1 (21.0–30.2)` of several: the median, the smallest and the largest."""
    middle = f"{statistics.median(ratios):.1f}"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.1f}–{max(ratios):.1f})"


def copying(size):
    """Seconds of a memcpy of so many bytes, the best of many."""
    source = numpy.ones(size, numpy.uint8)
    target = numpy.empty_like(source)
    return seconds(lambda: numpy.copyto(target, source), max(3, min(300, int(2e8 / size))))

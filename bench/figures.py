"""What benchmarks measure, as data: statistics of each variant's samples, and ratios between variants."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Series:
    """The samples of one variant, in the figure's unit; `q1` and `q3` are the lower and upper quartile."""

    variant: str
    count: int
    median: float
    q1: float
    q3: float
    p99: float


@dataclass(frozen=True)
class Ratio:
    """`value` is the first variant of the name divided by the second.

    `threshold` is the highest allowed value, or the lowest if `at_least`; None if any value is allowed.
    """

    name: str
    value: float
    threshold: float | None = None
    at_least: bool = False

    @property
    def missed(self) -> bool:
        if self.threshold is None:
            return False
        return self.value < self.threshold if self.at_least else self.value > self.threshold

    def __str__(self) -> str:
        text = f"{self.name}: {self.value:.2f}×"
        if self.threshold is None:
            return text
        bound = "at least" if self.at_least else "at most"
        return f"{text} ({bound} {self.threshold:g}×{', missed' if self.missed else ''})"


@dataclass(frozen=True)
class Figure:
    """One measurement of several variants. `notes` say what its benchmark's method does not."""

    name: str
    unit: str
    series: tuple[Series, ...]
    ratios: tuple[Ratio, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class OperationCost:
    """What one operation consumes of the table. `dollars` is DynamoDB's price for a million operations."""

    operation: str
    calls: str
    reads: float
    writes: float
    index_writes: float
    dollars: float


@dataclass(frozen=True)
class Benchmark:
    """One section of the results.

    `method` is Markdown: what is measured, in which unit, in how many rounds, and the reason for each threshold.
    """

    title: str
    method: str
    figures: tuple[Figure, ...] = ()
    costs: tuple[OperationCost, ...] = ()


def series(variant: str, samples: Sequence[float]) -> Series:
    q1, middle, q3 = quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else [samples[0]] * 3
    ordered = sorted(samples)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Series(variant, len(samples), middle, q1, q3, p99)


def ratio(
    name: str,
    first: Sequence[float],
    second: Sequence[float],
    threshold: float | None = None,
    *,
    at_least: bool = False,
) -> Ratio:
    """The median, over all rounds, of the first variant's sample divided by the second's of the same round."""
    value = median(one / other for one, other in zip(first, second, strict=True))
    return Ratio(name, value, threshold, at_least)


def three_digits(value: float) -> str:
    """Rounded to three significant digits; whole numbers from 100 on."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

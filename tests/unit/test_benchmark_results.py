"""Reading, comparing and rendering of recorded benchmark results; nothing is measured here."""
# ruff: noqa: RUF001 - results are written with a multiplication sign

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bench import results
from bench.figures import Benchmark, Figure, Ratio


def a_benchmark(title: str = "Cold start", **ratios: float) -> Benchmark:
    """One figure for each ratio, named like it."""
    figures = (Figure(name, "ms", (), (Ratio("a vs. b", value),)) for name, value in ratios.items())
    return Benchmark(title, "Rounds: 1.", tuple(figures))


@pytest.fixture
def recorded_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RECORDED", tmp_path / results.RECORDED.name)
    monkeypatch.setattr(results, "MARKDOWN", tmp_path / results.MARKDOWN.name)


def test_results_md_is_generated_from_results_json() -> None:
    recorded = results.load()
    assert recorded
    assert results.MARKDOWN.read_text() == results.render(recorded), "run `python -m bench render`"


def test_every_recorded_ratio_meets_its_threshold() -> None:
    recorded = results.load()
    assert recorded
    ratios = [ratio for each in recorded.recorded for figure in each.benchmark.figures for ratio in figure.ratios]
    assert any(ratio.threshold for ratio in ratios)
    assert [str(ratio) for ratio in ratios if ratio.missed] == []


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (Ratio("a vs. b", 1.2), "a vs. b: 1.20×"),
        (Ratio("a vs. b", 1.2, 1.2), "a vs. b: 1.20× (at most 1.2×)"),
        (Ratio("a vs. b", 1.21, 1.2), "a vs. b: 1.21× (at most 1.2×, missed)"),
        (Ratio("a vs. b", 5, 5, at_least=True), "a vs. b: 5.00× (at least 5×)"),
        (Ratio("a vs. b", 4.9, 5, at_least=True), "a vs. b: 4.90× (at least 5×, missed)"),
    ],
)
def test_a_ratio_shows_its_threshold_and_whether_it_is_missed(ratio: Ratio, shown: str) -> None:
    assert str(ratio) == shown


@pytest.mark.usefixtures("recorded_elsewhere")
def test_recording_replaces_the_measured_figures_and_keeps_the_others() -> None:
    results.record(a_benchmark("Warm calls", submit=1.0))
    results.record(a_benchmark(submit=0.5, request=0.6))
    results.record(a_benchmark(submit=0.4))
    recorded = results.load()
    assert recorded
    assert [each.benchmark for each in recorded.recorded] == [
        a_benchmark("Warm calls", submit=1.0),
        a_benchmark(submit=0.4, request=0.6),
    ]


@pytest.mark.usefixtures("recorded_elsewhere")
def test_a_ratio_has_changed_if_it_differs_by_more_than_noise() -> None:
    results.record(a_benchmark(submit=1.0, request=1.0))
    measured = a_benchmark(submit=1.1, request=1.2, list=9.0)
    assert results.changed_ratios(measured) == ["request, a vs. b: 1.20×, recorded 1.00×"]


@pytest.mark.usefixtures("recorded_elsewhere")
def test_a_section_that_was_measured_earlier_says_when() -> None:
    results.record(a_benchmark(submit=1.0))
    recorded = results.load()
    assert recorded
    early = results.Recorded(date(2026, 1, 2), a_benchmark("Warm calls", list=1.0))
    text = results.render(results.Results(recorded.machine, (early, *recorded.recorded)))
    assert f"Measured on {datetime.now(UTC).date()}. Machine: " in text
    assert "Rounds: 1.\n\nMeasured on 2026-01-02.\n\n### list" in text
    assert results.MARKDOWN.read_text() == results.render(recorded)

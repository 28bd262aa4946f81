"""Read scaling: the Feedback tab and the work history of freelancers with little and with very much feedback."""

import time
from collections.abc import Callable
from typing import Final

from bench.figures import Benchmark, Figure, ratio, series
from bench.harness import dynamodb, in_process
from bench.harness.events import Event, command_event, work_history_event

ROUNDS, QUICK_ROUNDS = 300, 40
WARM_UP_ROUNDS: Final = 10
ENTRIES: Final = (10, 1_000, 10_000)  # of feedback of one freelancer
ENTRIES_PER_CONTRACT: Final = 5
PAGE: Final = 10
THRESHOLD: Final = 1.2


def measure(*, quick: bool) -> Benchmark:
    """The quick form leaves out the freelancer with the most feedback."""
    rounds, freelancers = (QUICK_ROUNDS, ENTRIES[:2]) if quick else (ROUNDS, ENTRIES)
    with in_process.running() as database:
        for entries in freelancers:
            dynamodb.fill(database, _freelancer_rows(entries))
        figures = (
            _figure("Feedback tab", freelancers, rounds, _feedback_tab),
            _figure(f"Work history, first page of {PAGE} rows", freelancers, rounds, _work_history_page),
        )
    return Benchmark("Read scaling", _method(rounds), figures)


def _figure(name: str, freelancers: tuple[int, ...], rounds: int, event: Callable[[int], Event]) -> Figure:
    milliseconds: dict[int, list[float]] = {entries: [] for entries in freelancers}
    for number in range(WARM_UP_ROUNDS + rounds):
        for entries in freelancers:
            call = event(entries)
            start = time.perf_counter()
            response = in_process.invoke("list", call)
            if number >= WARM_UP_ROUNDS:
                milliseconds[entries].append((time.perf_counter() - start) * 1000)
            assert response["statusCode"] == 200, response
    fewest, *more = freelancers
    return Figure(
        name,
        "ms",
        tuple(series(f"{entries:,} entries", milliseconds[entries]) for entries in freelancers),
        tuple(
            ratio(f"{entries:,} entries vs. {fewest:,}", milliseconds[entries], milliseconds[fewest], THRESHOLD)
            for entries in more
        ),
    )


def _freelancer_rows(entries: int) -> list[dynamodb.Item]:
    return [
        row
        for number in range(entries // ENTRIES_PER_CONTRACT)
        for row in dynamodb.contract_rows(f"c-{entries}-{number}", ENTRIES_PER_CONTRACT, f"u-{entries}")
    ]


def _feedback_tab(entries: int) -> Event:
    event = command_event("list", f"c-{entries}-0")
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = f"u-{entries}"
    return event


def _work_history_page(entries: int) -> Event:
    return work_history_event(f"u-{entries}", PAGE)


def _method(rounds: int) -> str:
    return f"""\
Milliseconds from event to response of the `list` handler, called in this process on DynamoDB Local. The
freelancers have different amounts of feedback, {ENTRIES_PER_CONTRACT} entries on each contract. Rounds:
{rounds}, after {WARM_UP_ROUNDS} warm-up. Each round makes one call for every freelancer.

Threshold: at most {THRESHOLD:g}× the time of the freelancer with the least feedback. The tab reads one
contract, and a page of the work history reads its own rows only, so the time must not depend on how much
feedback a freelancer has."""

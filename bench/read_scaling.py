"""The Feedback tab and a page of the work history of freelancers with few and with very many entries."""

import time
from collections.abc import Callable
from typing import Any, Final

from bench import dynamodb, inside
from bench.dynamodb import Database
from bench.report import Figure, ratio, series
from tests import aws

SIZES: Final = (10, 1_000, 10_000)  # entries of feedback of one freelancer
PER_CONTRACT: Final = 5
FLAT: Final = 1.2


def measure(*, quick: bool) -> list[Figure]:
    sizes = SIZES[:2] if quick else SIZES
    with inside.running() as (database, _):
        for size in sizes:
            _freelancer(database, size)
        return [
            _figure("Feedback tab", sizes, 40 if quick else 300, _tab),
            _figure("Work history, first page of 10 rows", sizes, 40 if quick else 300, _page),
        ]


def _figure(name: str, sizes: tuple[int, ...], rounds: int, event: Callable[[int], dict[str, Any]]) -> Figure:
    took: dict[int, list[float]] = {size: [] for size in sizes}
    for number in range(rounds + 10):
        for size in sizes:
            call = event(size)
            began = time.perf_counter()
            answer = inside.invoke("list", call)
            if number >= 10:  # the first warm things up
                took[size].append((time.perf_counter() - began) * 1000)
            assert answer["statusCode"] == 200, answer
    return Figure(
        f"{name} by entries of the freelancer",
        "ms",
        tuple(series(f"{size:,} entries", took[size]) for size in sizes),
        tuple(ratio(f"{size:,} ÷ {sizes[0]:,} entries", took[size], took[sizes[0]], FLAT) for size in sizes[1:]),
    )


def _freelancer(database: Database, entries: int) -> None:
    rows = []
    for number in range(entries // PER_CONTRACT):
        contract = dynamodb.contract(f"c-{entries}-{number}", f"u-{entries}")
        rows += [contract, *(dynamodb.feedback(contract, entry) for entry in range(PER_CONTRACT))]
    dynamodb.fill(database, rows)


def _tab(size: int) -> dict[str, Any]:
    event = aws.event("list-feedback-tab")
    contract_id = f"c-{size}-0"
    event["pathParameters"]["contract_id"] = contract_id
    event["rawPath"] = event["requestContext"]["http"]["path"] = f"/contracts/{contract_id}/feedback"
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = f"u-{size}"
    return event


def _page(size: int) -> dict[str, Any]:
    event = aws.event("list-work-history")
    event["pathParameters"]["freelancer_id"] = f"u-{size}"
    event["queryStringParameters"] = {"limit": "10"}
    return event

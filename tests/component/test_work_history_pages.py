"""Pages of the work history: with any limit, all pages together are the same."""

import string
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests import contract_queue
from tests.builders import DAY, FREELANCER, NOW
from tests.component.marketplace import Marketplace

# How much feedback each contract has, newest contract first.
FEEDBACK = (2, 0, 3, 1)
ID_CHARACTERS = string.ascii_letters + string.digits + "._:-"
ROWS = len(FEEDBACK) + sum(FEEDBACK)

type Page = dict[str, Any]


@pytest.fixture
def long_history(empty_marketplace: Marketplace) -> Marketplace:
    told = []
    for age, amount in enumerate(FEEDBACK):
        started_at = (NOW - age * DAY).isoformat()
        told.append(contract_queue.event("contract-started", contract_id=f"c-{age}", started_at=started_at))
        told += [
            contract_queue.event(
                "end-of-contract-feedback", contract_id=f"c-{age}", feedback_id=f"e-{age}-{number}"
            )
            for number in range(amount)
        ]
    assert contract_queue.deliver(*told) == []
    return empty_marketplace


def test_the_pages_of_any_limit_add_up_to_the_same_history(long_history: Marketplace) -> None:
    history = long_history.work_history().body
    assert [len(contract["feedback"]) for contract in history["contracts"]] == list(FEEDBACK)
    for limit in range(1, ROWS + 2):
        pages = list(_pages(long_history, limit))
        assert len(pages) == -(-ROWS // limit)
        assert _merged(pages) == history["contracts"]


def test_a_contract_that_spans_two_pages_is_on_both(long_history: Marketplace) -> None:
    first, second = list(_pages(long_history, limit=2))[:2]
    [on_first], [on_second, *_] = first["contracts"], second["contracts"]
    assert on_first | {"feedback": []} == on_second | {"feedback": []}
    assert len(on_first["feedback"]) == len(on_second["feedback"]) == 1


def test_a_page_has_twenty_rows_by_default(long_history: Marketplace) -> None:
    told = [contract_queue.event("contract-started", contract_id=f"c-1{number}") for number in range(15)]
    contract_queue.deliver(*told)
    page = long_history.work_history().body
    assert sum(1 + len(contract["feedback"]) for contract in page["contracts"]) == 20
    assert page["next_cursor"]


@pytest.mark.parametrize("limit", ["1", "100"])
def test_a_limit_from_one_to_a_hundred_is_accepted(marketplace: Marketplace, limit: str) -> None:
    assert marketplace.work_history(limit=limit).status == 200


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "1e2", "٣", "9" * 5000])
def test_any_other_limit_is_refused(marketplace: Marketplace, limit: str) -> None:
    assert marketplace.work_history(limit=limit).wrong_fields == ["limit"]


def test_a_cursor_is_valid_for_its_own_history_only(long_history: Marketplace) -> None:
    cursor = long_history.work_history(limit=1).body["next_cursor"]
    assert long_history.work_history("u-other", cursor=cursor).wrong_fields == ["cursor"]


def test_a_text_that_is_no_cursor_is_refused(long_history: Marketplace) -> None:
    """test_attack_links.py forges cursors."""
    for text in ("garbage", "", " ", "ü", "\ud800", "x" * 9000):
        assert long_history.work_history(cursor=text).wrong_fields == ["cursor"]


def test_the_longest_title_and_ids_fit_into_a_cursor(empty_marketplace: Marketplace) -> None:
    contract_id, freelancer_id, feedback_id = (
        _scattered(map(ord, ID_CHARACTERS), 128, seed) for seed in (3, 5, 7)
    )
    title = _scattered(range(0x10000, 0x110000), 300, seed=11)
    freelancer = {"id": freelancer_id, "name": "Freelancer", "email": "freelancer@example.com"}
    empty_marketplace.start_contract(contract_id, title=title, freelancer=freelancer)
    for feedback in (feedback_id, "e-0"):
        empty_marketplace.publish_event("end-of-contract-feedback", contract_id=contract_id, feedback_id=feedback)
    assert [page["contracts"][0]["title"] for page in _pages(empty_marketplace, 1, freelancer_id)] == [title] * 3


def test_a_new_contract_does_not_shift_the_next_pages(long_history: Marketplace) -> None:
    pages = [long_history.work_history(limit=4).body]
    long_history.start_contract("c-newest", started_at=NOW.isoformat())
    pages += _pages(long_history, limit=4, cursor=pages[0]["next_cursor"])
    assert [contract["contract_id"] for contract in _merged(pages)] == [f"c-{age}" for age in range(len(FEEDBACK))]


def _pages(
    marketplace: Marketplace, limit: int, freelancer_id: str = FREELANCER.id, cursor: str | None = None
) -> Iterator[Page]:
    while True:
        page = marketplace.work_history(freelancer_id, limit=limit, **({"cursor": cursor} if cursor else {})).body
        yield page
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _scattered(characters: Iterable[int], length: int, seed: int) -> str:
    """Text that hardly compresses, as cursors are compressed."""
    choice = [*characters]
    return "".join(chr(choice[pow(seed, place, 1_000_003) % len(choice)]) for place in range(1, length + 1))


def _merged(pages: list[Page]) -> list[Page]:
    contracts: dict[str, Page] = {}
    for page in pages:
        for contract in page["contracts"]:
            known = contracts.setdefault(contract["contract_id"], contract | {"feedback": []})
            known["feedback"] = known["feedback"] + contract["feedback"]
    return list(contracts.values())

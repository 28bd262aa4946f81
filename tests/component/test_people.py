"""Rows about people: what may be sent to which address."""

from datetime import datetime
from itertools import permutations

import pytest

from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.addresses import MailStanding, UndeliverableReason
from mid_job_feedback.storage import items, people, table
from tests.builders import NOW, SECOND

BOUNCED, COMPLAINED = UndeliverableReason.BOUNCED, UndeliverableReason.COMPLAINED
ADDRESS = "ben@example.com"
FREE = MailStanding(unsubscribed=False, undeliverable=None)


@pytest.fixture(autouse=True)
def _tables(empty_marketplace: object) -> None:
    pass


def mark(address: str, reason: UndeliverableReason, at: datetime = NOW, person: str = "u-client") -> bool:
    return people.mark_undeliverable(person, addresses.digest(address), reason, at)


def test_an_unknown_person_may_be_mailed() -> None:
    assert people.read_standing("u-client", ADDRESS) == FREE


def test_a_person_who_unsubscribed_gets_no_mail_about_requests_at_any_address() -> None:
    row = items.preferences_key("u-client") | items.to_dynamo({"feedback_requests": "unsubscribed"})
    table.put(Item=row)
    for address in (ADDRESS, "other@example.com"):
        assert people.read_standing("u-client", address) == MailStanding(unsubscribed=True, undeliverable=None)
    assert people.read_standing("u-other", ADDRESS) == FREE


def test_an_undeliverable_address_is_that_of_one_person_however_it_is_spelled() -> None:
    assert mark(ADDRESS, BOUNCED)
    assert people.read_standing("u-client", "Ben@Example.com").undeliverable is BOUNCED
    assert people.read_standing("u-client", "ben.okoye@example.com") == FREE
    assert people.read_standing("u-other", ADDRESS) == FREE


def test_marks_give_the_same_row_in_every_order_and_however_often_they_arrive() -> None:
    marks = [(BOUNCED, NOW), (BOUNCED, NOW - SECOND), (COMPLAINED, NOW + SECOND), (COMPLAINED, NOW)]
    rows = set()
    for number, order in enumerate(permutations(marks)):
        person = f"u-{number}"
        for reason, at in [*order, order[0]]:
            mark(ADDRESS, reason, at, person)
        [row] = table.get_many([items.undeliverable_key(person, addresses.digest(ADDRESS))])
        rows.add((row["reason"]["S"], row["at"]["S"]))
    assert rows == {("complained", items.stamp(NOW))}


def test_a_mark_that_is_known_changes_nothing() -> None:
    assert mark(ADDRESS, COMPLAINED)
    assert not mark(ADDRESS, COMPLAINED)
    assert not mark(ADDRESS, BOUNCED, NOW - SECOND)


def test_a_row_about_a_person_holds_no_address() -> None:
    mark(ADDRESS, BOUNCED)
    found = table.get_many(people.keys("u-client", ADDRESS))
    assert len(found) == 1
    assert ADDRESS not in str(found)

"""Which attributes of rows are personal data: none is forgotten, in exports or in erasures."""

import re
from datetime import timedelta

import pytest

from mid_job_feedback.domain import privacy_texts
from mid_job_feedback.domain.models import Role
from mid_job_feedback.storage import items, personal_data, row_changes
from mid_job_feedback.storage.personal_data import NOTHING, Person
from tests.builders import NOW
from tests.template import ROOT

CONTRACT_ROW = {
    "PK": "CONTRACT#c-1",
    "SK": items.CONTRACT,
    "contract_id": "c-1",
    "client_id": "u-client",
    "freelancer_id": "u-freelancer",
}
# Attributes that people write text into, or that name or reach a person.
WORDS = {"message", "comment", "withheld", "reply", "withheld_reply", "details", "address_digest", "other_starts"}
STAFF = {"reason", "operator"}
"""Words of the marketplace's staff, which an erasure leaves."""


def rows_of_the_architecture() -> dict[str, set[str]]:
    """The attributes of each row, by the beginning of its sort key, as docs/architecture.md lists them."""
    document = (ROOT / "docs/architecture.md").read_text()
    table = document.partition("## The table")[2].partition("\n| index |")[0]
    rows = re.findall(r"^\| [^|]+ \| `([^`]+)` \| ([^|]+) \|", table, re.MULTILINE)
    return {sort.partition("<")[0]: set(re.findall(r"`(\w+)`", attributes)) for sort, attributes in rows}


def erased_attributes(kind: str) -> set[str]:
    """Everything that an erasure of either party takes from a row with all of these attributes."""
    found: set[str] = set()
    for role in Role:
        row = {
            "SK": f"{kind}x",
            "contract_id": "c-1",
            "reporter_id": "u",
            "target": "feedback",
            "status": "open",
            "message": "m",
            "comment": "c",
            "withheld": {"comment": "c"},
            "reply": {"text": "r"},
            "withheld_reply": "r",
            "details": "d",
            "address_digest": "a",
            "other_starts": {"u u-2": {"client_name": "n"}},
        }
        found |= personal_data.erasure(row, Person("u", role), NOW).changes.keys()
    return found


@pytest.mark.parametrize("kind", personal_data.KINDS)
def test_an_erasure_takes_all_words_from_each_kind_of_row(kind: str) -> None:
    documented = {sort: names for sort, names in rows_of_the_architecture().items() if sort.startswith(kind)}
    words = {
        name for sort, names in documented.items() if personal_data.kind_of(sort) == kind for name in names
    } & WORDS
    assert words <= erased_attributes(kind) | STAFF


@pytest.mark.parametrize("kind", row_changes.IMPERSONAL)
def test_a_queue_gets_no_personal_attribute_of_any_kind_of_row(kind: str) -> None:
    kept = row_changes.IMPERSONAL[kind]
    of_parties = {f"{role}_{name}" for role in Role for name in personal_data.OF_A_PARTY}
    staff = STAFF if kind == items.DECISION else set()
    assert not kept & (WORDS | of_parties | staff | erased_attributes(kind))


def test_every_row_of_the_table_is_known() -> None:
    assert {personal_data.kind_of(sort) for sort in rows_of_the_architecture()} <= set(personal_data.KINDS)


@pytest.mark.parametrize("role", Role)
def test_name_address_language_and_time_zone_go_from_the_contract_and_nothing_of_the_other_party(
    role: Role,
) -> None:
    row = CONTRACT_ROW | {f"{party}_{name}": "x" for party in Role for name in personal_data.OF_A_PARTY}
    erasure = personal_data.erasure(row, personal_data.person_in(row, f"u-{role}"), NOW)
    assert erasure.changes == {f"{role}_{name}": None for name in personal_data.OF_A_PARTY}


def test_somebody_who_is_no_party_loses_nothing_and_is_shown_nothing() -> None:
    stranger = personal_data.person_in(CONTRACT_ROW, "u-3")
    assert stranger.role is None
    for kind in (items.OPEN_REQUEST, items.CLOSED_REQUEST, items.FEEDBACK, items.EARLIER):
        row = CONTRACT_ROW | {"SK": f"{kind}1", "message": "m", "comment": "c"}
        assert personal_data.erasure(row, stranger, NOW) == NOTHING
        assert personal_data.entry(row, stranger) is None


def test_one_party_is_not_shown_what_was_withheld_of_the_other() -> None:
    row = CONTRACT_ROW | {"SK": f"{items.FEEDBACK}1", "withheld": {"comment": "c"}, "withheld_reply": "r"}
    shown = {}
    for role in Role:
        entry = personal_data.entry(row, Person(f"u-{role}", role))
        assert entry
        shown[role] = set(entry.data)
    assert shown == {Role.CLIENT: {"withheld"}, Role.FREELANCER: {"withheld_reply"}}


def test_a_report_is_shown_to_who_made_it_alone() -> None:
    row = CONTRACT_ROW | {"SK": f"{items.REPORT}1", "reporter_id": "u-client", "details": "d"}
    assert personal_data.entry(row, Person("u-client", Role.CLIENT))
    assert personal_data.entry(row, Person("u-freelancer", Role.FREELANCER)) is None


def test_an_open_report_of_an_erased_reply_is_settled() -> None:
    row = CONTRACT_ROW | {"SK": f"{items.REPORT}1", "reporter_id": "u-client", "target": "reply", "status": "open"}
    changes = personal_data.erasure(row, Person("u-freelancer", Role.FREELANCER), NOW).changes
    assert (changes["status"], changes["outcome"], changes["open_reports"]) == ("settled", "removed", None)
    assert personal_data.erasure(row, Person("u-client", Role.CLIENT), NOW) == NOTHING


def test_archives_are_named_only_if_there_are_any() -> None:
    without = privacy_texts.remaining_copies(NOW, timedelta())
    with_archives = privacy_texts.remaining_copies(NOW, timedelta(days=90))
    [archive] = [copy for copy in with_archives if copy not in without]
    assert archive.until == NOW + timedelta(days=90)
    assert max(copy.until for copy in without if copy.until) == NOW + timedelta(days=35)

"""Tokens we did not sign as links: however they were made, they are told the same."""

import base64
import string

import pytest
from itsdangerous import URLSafeSerializer

from mid_job_feedback import links
from tests.builders import a_request
from tests.component.marketplace import InProcessMarketplace

BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


@pytest.fixture
def link(marketplace: InProcessMarketplace) -> str:
    marketplace.request_feedback()
    return marketplace.link_token()


def test_a_token_made_up_is_no_link(marketplace: InProcessMarketplace, link: str) -> None:
    _invalid(
        marketplace, "TOKEN", " ", ".", "..", "a.b", "x" * 2048, "x" * 8000, "ü.ü", "🙂", "%00", "a/b", 'a"b', "\n"
    )


def test_a_token_cut_off_or_added_to_is_no_link(marketplace: InProcessMarketplace, link: str) -> None:
    cut = [link[:length] for length in range(1, len(link))]
    _invalid(marketplace, *cut, link + "A", link + "=", link + ".", " " + link, link.lower(), link[::-1])


def test_a_token_with_any_one_character_changed_is_no_link(marketplace: InProcessMarketplace, link: str) -> None:
    for place, character in enumerate(link):
        other = "A" if character != "A" else "B"
        _invalid(marketplace, link[:place] + other + link[place + 1 :])


def test_a_token_spelled_differently_in_base64_is_no_link(marketplace: InProcessMarketplace, link: str) -> None:
    """The last character of a signature has bits to spare: other characters decode to the same bytes."""
    payload, signature = link.rsplit(".", 1)
    spellings = [signature[:-1] + last for last in BASE64]
    same = [spelling for spelling in spellings if _bytes(spelling) == _bytes(signature) and spelling != signature]
    assert len(same) == 3
    _invalid(marketplace, *(f"{payload}.{spelling}" for spelling in same))


def test_a_cursor_is_no_link(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.start_eligible_contract("c-2")
    cursor = marketplace.work_history(limit=1).body["next_cursor"]
    _invalid(marketplace, cursor, links._sign("work-history-cursor", ["c-1", "r-1", 0, 0]))


def test_a_token_by_another_key_is_no_link(marketplace: InProcessMarketplace, link: str) -> None:
    forged = URLSafeSerializer("another key", salt="feedback-link").dumps(["c-1", "r-1", 0, 0])
    _invalid(marketplace, str(forged))


def test_a_link_to_another_contract_leads_there_only(marketplace: InProcessMarketplace, link: str) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    other = marketplace.link_token("c-2")
    assert marketplace.submit_by_link(other).body["contract_id"] == "c-2"
    assert marketplace.open_link(link).body["contract"]["contract_id"] == "c-1"
    assert marketplace.feedback_tab("c-1").body["feedback"] == []


def test_a_link_to_a_contract_that_is_gone_is_not_found(marketplace: InProcessMarketplace) -> None:
    """A person was deleted, or the link is another stage's."""
    link = links.sign_link(a_request(contract_id="c-gone"))
    assert marketplace.open_link(link).refusal == (404, "contract_not_found")
    assert marketplace.submit_by_link(link).refusal == (404, "contract_not_found")


def _invalid(marketplace: InProcessMarketplace, *tokens: str) -> None:
    first = marketplace.open_link("TOKEN")
    assert first.refusal == (404, "link_invalid")
    for token in tokens:
        assert (token, marketplace.open_link(token).text) == (token, first.text)
        assert (token, marketplace.submit_by_link(token).text) == (token, first.text)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

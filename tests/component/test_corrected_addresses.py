"""A client's address is corrected while a request is open: each address is mailed once, and only the current one's
link works.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from mid_job_feedback import links
from tests.builders import CLIENT, DAY, FREELANCER, NOW, SECOND
from tests.component import table_stream
from tests.component.marketplace import Email, Marketplace
from tests.component.test_erased_people import erase
from tests.contract_queue import deliver, event
from tests.sdk_interceptor import SdkInterceptor

OLD, NEW = CLIENT.email, "new@example.com"
SUPERSEDED = (410, "link_superseded")


def correct(marketplace: Marketplace, address: str = NEW, contract_id: str = "c-1") -> None:
    """The marketplace publishes a newer ContractStarted with this address of the client."""
    marketplace.wait(SECOND)
    newer = event(
        "contract-started",
        contract_id=contract_id,
        at=marketplace.clock.now(),
        client={"id": CLIENT.id, "name": "Client", "email": address},
    )
    assert deliver(newer) == []


def token_in(email: Email) -> str:
    found: set[str] = {*re.findall(r"feedback#t=([\w.-]+)", email.text)}
    [token] = found
    return token


def addresses(marketplace: Marketplace) -> list[str]:
    """To whom e-mails were sent, once the stream is processed."""
    marketplace.process_stream()
    return [email.to for email in marketplace.emails()]


def test_the_new_address_is_mailed_once_and_the_old_mailbox_can_neither_read_nor_publish(
    marketplace: Marketplace,
) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    correct(marketplace)
    assert addresses(marketplace) == [OLD, NEW]
    old, new = (token_in(email) for email in marketplace.emails())
    refused = marketplace.open_link(old)
    assert refused.refusal == SUPERSEDED
    assert refused.body.keys() == {"type", "title", "status", "detail", "code", "reference"}
    assert marketplace.head_link(old).status == 410
    assert marketplace.submit_by_link(old).refusal == SUPERSEDED
    assert marketplace.feedback_tab().body["feedback"] == []
    assert marketplace.open_link(new).status == 200
    assert marketplace.submit_by_link(new).status == 201


def test_dash_and_programs_are_told_of_the_request_once(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    correct(marketplace)
    marketplace.process_stream()
    assert [message["kind"] for message in marketplace.dash_messages()] == ["feedback_requested"]
    assert [kind for kind, _ in marketplace.domain_events()] == ["FeedbackRequested"]


def test_both_emails_are_the_same_but_for_their_tokens(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    correct(marketplace)
    marketplace.process_stream()
    emails = marketplace.emails()
    for part in ("text", "html"):
        assert len({getattr(email, part).replace(token_in(email), "…") for email in emails}) == 1
    ids = [
        {header["Name"]: header["Value"] for header in sent["Content"]["Simple"]["Headers"]}["X-Entity-Ref-ID"]
        for sent in marketplace.sdk.parameters_of("SendEmail")
    ]
    assert len(set(ids)) == 2  # a mail program may leave out a message that it has seen before


def test_a_correction_before_the_first_email_leaves_one_email(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    correct(marketplace)
    assert addresses(marketplace) == [NEW]


def test_a_correction_while_the_first_email_is_sent_is_followed_by_the_second(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    marketplace.request_feedback()

    def correct_and_send(client: Any, parameters: dict[str, Any]) -> Any:
        sdk.restore()
        correct(marketplace)
        return sdk.send(client, "SendEmail", parameters)

    sdk.respond("SendEmail", correct_and_send)
    assert addresses(marketplace) == [OLD, NEW]


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "reversed"])
def test_stream_records_that_are_delivered_again_in_any_order_send_nothing_more(
    marketplace: Marketplace, step: int
) -> None:
    marketplace.request_feedback()
    records = marketplace.stream.new_records()
    correct(marketplace)
    records += marketplace.stream.new_records()
    for _ in range(3):
        assert table_stream.deliver("notify", records[::step]) == []
    assert [email.to for email in marketplace.emails()] == [NEW]


def test_back_to_the_first_address_its_email_is_there_already_and_its_link_works_again(
    marketplace: Marketplace,
) -> None:
    marketplace.request_feedback()
    for address in (OLD, NEW, OLD, NEW, OLD):
        correct(marketplace, address)
        marketplace.process_stream()
    assert addresses(marketplace) == [OLD, NEW]
    old, new = (token_in(email) for email in marketplace.emails())
    assert marketplace.open_link(new).refusal == SUPERSEDED
    assert marketplace.submit_by_link(old).status == 201


def test_capitals_make_no_other_address(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    correct(marketplace, OLD.title())
    assert addresses(marketplace) == [OLD]
    assert marketplace.open_link(token_in(marketplace.emails()[0])).status == 200


def _answer(marketplace: Marketplace) -> None:
    marketplace.submit_feedback()


def _expire(marketplace: Marketplace) -> None:
    marketplace.wait(14 * DAY)


def _end(marketplace: Marketplace) -> None:
    marketplace.end_contract()


@pytest.mark.parametrize("settle", [_answer, _expire, _end])
def test_a_settled_request_is_not_mailed_again(
    marketplace: Marketplace, settle: Callable[[Marketplace], None]
) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    old = token_in(marketplace.emails()[0])
    settle(marketplace)
    correct(marketplace)
    marketplace.process_stream()
    assert [email.to for email in marketplace.emails() if "feedback#t=" in email.text] == [OLD]
    assert marketplace.open_link(old).refusal == SUPERSEDED  # and not how the request ended


def test_whoever_muted_requests_is_not_mailed_again(marketplace: Marketplace) -> None:
    """The client knows the request, which stays open, and wants to hear no more of it."""
    marketplace.request_feedback()
    marketplace.process_stream()
    marketplace.set_attribute("requests_muted", {"BOOL": True})
    correct(marketplace)
    assert addresses(marketplace) == [OLD]
    assert marketplace.open_link(marketplace.link_token()).status == 200


def test_without_a_request_a_correction_sends_nothing(marketplace: Marketplace) -> None:
    correct(marketplace)
    assert addresses(marketplace) == []
    marketplace.request_feedback()
    assert addresses(marketplace) == [NEW]


def test_a_later_request_goes_to_the_current_address_alone(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    correct(marketplace)
    marketplace.process_stream()
    marketplace.wait(14 * DAY)
    marketplace.request_feedback()
    assert addresses(marketplace) == [OLD, NEW, NEW]


def test_an_erased_address_gets_nothing_and_a_new_one_gets_the_open_request(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    marketplace.process_stream()
    erase("client")
    assert addresses(marketplace) == [OLD]
    assert marketplace.open_link(token_in(marketplace.emails()[0])).refusal == SUPERSEDED
    correct(marketplace)
    assert addresses(marketplace) == [OLD, NEW]


def test_only_the_contract_whose_address_changed_is_mailed_again(marketplace: Marketplace) -> None:
    """An address belongs to a contract: the marketplace says so for each of them."""
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-1")
    marketplace.request_feedback("c-2")
    marketplace.process_stream()
    correct(marketplace, contract_id="c-2")
    assert addresses(marketplace) == [OLD, OLD, NEW]
    assert marketplace.open_link(marketplace.link_token("c-1")).status == 200


def test_a_change_of_anything_else_reads_nothing(marketplace: Marketplace, sdk: SdkInterceptor) -> None:
    """Every change of a contract's row reaches `notify`: most are payments."""
    marketplace.process_stream()
    marketplace.pay(paid_at=NOW)
    records = marketplace.stream.new_records()
    assert len(table_stream.filtered("notify", records)) == 1
    sdk.calls.clear()
    assert table_stream.deliver("notify", records) == []
    assert [call for call in sdk.operations if call != "ReceiveMessage"] == []


def test_a_link_of_another_address_says_so_before_anything_else(marketplace: Marketplace) -> None:
    """Whoever reads the old mailbox learns nothing about the request, not even how it ended."""
    marketplace.request_feedback()
    marketplace.process_stream()
    old = token_in(marketplace.emails()[0])
    correct(marketplace)
    texts = {marketplace.open_link(old).text}
    marketplace.submit_feedback()
    texts.add(marketplace.open_link(old).text)
    marketplace.end_contract()
    texts.add(marketplace.open_link(old).text)
    assert len(texts) == 1


def test_a_token_without_an_address_is_no_link(marketplace: Marketplace) -> None:
    """Signed with the right key, as an earlier version did."""
    marketplace.request_feedback()
    request = marketplace.feedback_tab(person=FREELANCER.id).body["open_request"]
    payload = ["c-1", request["request_id"], 0, 0]
    assert marketplace.open_link(links._sign(links._FEEDBACK_LINK, payload)).refusal == (404, "link_invalid")

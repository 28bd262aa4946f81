"""Text that attacks whoever shows, sends or logs it, in every field that takes text, and what comes out of each.

Pages are tests/web/test_safety.py: they put text into the page as text (`textContent`), never as markup.

CSV: nothing here ever writes CSV (the API and both messages are JSON, text or HTML; docs/openapi.json says so),
and what people write comes back as they wrote it. A leading `=` is fine text; whoever exports to a spreadsheet
must quote it there, and would have to even if we had altered it.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from pydantic import BaseModel

from mid_job_feedback.domain.models import FeedbackInput, RequestInput
from tests import queues
from tests.builders import CLIENT, FREELANCER, RATINGS
from tests.component import test_logs
from tests.component.attack_texts import (
    FREE_TEXT_FIELDS,
    FieldPath,
    event_models,
    every_text,
    fields_of,
    objects_of,
    replaced,
    sample,
)
from tests.component.http_calls import HttpResponse as Told
from tests.component.http_calls import call
from tests.component.marketplace import Email, InProcessMarketplace
from tests.component.test_hostile_text import Shown
from tests.component.test_logs import Written
from tests.conftest import Tried
from tests.contract_queue import dead_letters, deliver, event

type Post = Callable[..., Told]

LOG_KEYS = {"level", "location", "message", "timestamp", "service"}
MAIL_HREF = re.compile(r'(?:href|src)="([^"]*)"')

log = test_logs.written


@every_text
def test_what_the_marketplace_tells_is_text_in_every_channel(
    empty_marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """Title, both names, and the comment at the end of the contract."""
    shown = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in text).strip()
    client = {"id": CLIENT.id, "name": text, "email": CLIENT.email}
    freelancer = {"id": FREELANCER.id, "name": text, "email": FREELANCER.email}
    empty_marketplace.start_eligible_contract(title=text, client=client, freelancer=freelancer)
    empty_marketplace.publish_event("end-of-contract-feedback", contract_id="c-1", comment=text)
    assert empty_marketplace.request_feedback().status == 201
    empty_marketplace.process_stream()
    contract = _json(empty_marketplace.feedback_tab())["contract"]
    assert {contract["title"], contract["client"]["name"], contract["freelancer"]["name"]} == {shown}
    [listed] = _json(empty_marketplace.work_history())["contracts"]
    assert (listed["title"], listed["feedback"][0]["comment"]) == (shown, text.strip())
    link = _json(empty_marketplace.open_link(empty_marketplace.link_token()))
    assert (link["contract"]["title"], link["contract"]["freelancer"]["name"]) == (shown, shown)
    _safe(empty_marketplace, messages=1)
    _log_lines(log(), text)
    tried("hostile texts", 4)


@every_text
def test_what_people_write_is_text_in_every_channel(
    marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """The freelancer's message and the client's comment."""
    asked = marketplace.request_feedback(body={"message": text}, headers={"user-agent": _one_line(text)})
    if "\x00" in text:  # sent escaped, so it is valid JSON
        assert asked.status == 201
    assert _json(asked)["message"] == text.strip()
    marketplace.process_stream()
    _safe(marketplace, messages=1)
    assert _json(marketplace.open_link(marketplace.link_token()))["request"]["message"] == text.strip()
    given = marketplace.submit_feedback(body={"ratings": RATINGS, "comment": text})
    assert _json(given)["comment"] == text.strip()
    marketplace.process_stream()
    tab = _json(marketplace.feedback_tab())
    assert (tab["past_requests"][0]["message"], tab["feedback"][0]["comment"]) == (text.strip(), text.strip())
    assert _json(marketplace.work_history())["contracts"][0]["feedback"][0]["comment"] == text.strip()
    _safe(marketplace, messages=2)
    _log_lines(log(), text)
    tried("hostile texts", 3)


@every_text
def test_what_stands_in_the_address_is_never_an_answer_or_a_line_of_the_log(
    marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """Ids, tokens, limit and cursor."""
    marketplace.sdk.calls.clear()
    responses = [
        marketplace.feedback_tab(text),
        marketplace.request_feedback(text),
        marketplace.submit_feedback(text),
        marketplace.open_link(text),
        marketplace.head_link(text),
        marketplace.submit_by_link(text),
        marketplace.work_history(text),
        marketplace.work_history(cursor=text),
        marketplace.work_history(limit=text),
        call("list-unknown-route", path=f"/{text}"),
    ]
    assert [response.status for response in responses] == [404] * 7 + [422] * 2 + [404]
    for response in responses:
        _json(response)
        assert text not in response.text
        assert json.dumps(text)[1:-1] not in response.text
    assert {made.operation for made in marketplace.sdk.calls} <= {"GetSecretValue"}
    _log_lines(log(), text)
    tried("hostile texts", len(responses))


@every_text
def test_an_idempotency_key_is_printable_or_refused_and_never_shown(
    marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    response = marketplace.request_feedback(headers={"idempotency-key": text})
    good = text.isascii() and text.isprintable() and len(text) <= 128
    assert response.status == (201 if good else 422)
    assert text not in response.text
    assert text not in str(marketplace.idempotency_records())
    _json(response)
    _log_lines(log(), text)
    tried("hostile texts", 1)


@every_text
def test_a_field_of_an_event_that_is_not_for_words_sets_the_event_aside(
    empty_marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """Also text in half of an address."""
    every_place = [
        json.dumps(replaced(json.loads(event(case)), place, form))
        for case, model in event_models().items()
        for place in fields_of(model)
        if place[-1] not in FREE_TEXT_FIELDS
        for form in _forms(text, place)
    ]
    told = sample(every_place, text)
    assert deliver(*told) == []
    letters = dead_letters()
    assert len(letters) == len(told)
    for letter in letters:
        assert letter.reason.isprintable()
        assert text not in letter.reason
    assert empty_marketplace.rows() == []
    _log_lines(log(), text)
    tried("hostile texts", len(told))


@every_text
def test_a_field_of_an_event_that_nobody_knows_goes_nowhere(
    empty_marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """But in ratings, where there must be no other."""
    told, count = [], 0
    for case, model in event_models().items():
        sent = json.loads(event(case, contract_id="c-1"))
        places = [place for place in objects_of(model) if place[-1:] != ("ratings",)]
        for place, name in product(places, (text, "unknown")):
            sent, count = replaced(sent, (*place, name), text), count + 1
        told.append(json.dumps(sent))
    assert deliver(*told) == []
    assert dead_letters() == []
    assert empty_marketplace.work_history().body["contracts"][0]["status"] == "ended"
    assert not any(text in value for value in _values(empty_marketplace.rows()))
    _log_lines(log(), text)
    tried("hostile texts", count)


@every_text
def test_a_field_of_a_body_that_is_not_for_words_is_refused(
    marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """Fields that nobody knows among them."""
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    posts: list[tuple[Post, type[BaseModel], Any]] = [
        (marketplace.request_feedback, RequestInput, {"message": "Fine?"}),
        (marketplace.submit_feedback, FeedbackInput, {"ratings": RATINGS, "comment": "Fine."}),
        (partial(marketplace.submit_by_link, marketplace.link_token("c-2")), FeedbackInput, {"ratings": RATINGS}),
    ]
    rows, count = marketplace.rows(), 0
    for post, model, body in posts:
        known = [place for place in fields_of(model) if place[-1] not in FREE_TEXT_FIELDS]
        unknown = [(*place, name) for place in objects_of(model) for name in (text, "unknown")]
        places = sample(known + unknown, text)
        for place in places:
            refused = post(body=replaced(body, place, text))
            assert refused.refusal == (422, "invalid_request")
            _json(refused)
        count += len(places)
    assert marketplace.rows() == rows
    _log_lines(log(), text)
    tried("hostile texts", count)


@every_text
def test_whoever_the_caller_claims_to_be_is_an_id_or_a_stranger(
    marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """The subject of a JWT is whatever its issuer says."""
    marketplace.sdk.calls.clear()
    for call_as in (marketplace.feedback_tab, marketplace.request_feedback, marketplace.submit_feedback):
        response = call_as(person=text)
        assert response.refusal == (404, "contract_not_found")
        assert text not in response.text
        _json(response)
    assert marketplace.request_feedback(person=text, headers={"idempotency-key": "key-1"}).status == 404
    assert not any(text in value for value in _values(marketplace.idempotency_records() + marketplace.rows()))
    assert "TransactWriteItems" not in marketplace.sdk.operations
    _log_lines(log(), text)
    tried("hostile texts", 4)


@every_text
def test_a_header_that_we_do_not_read_makes_no_difference(
    marketplace: InProcessMarketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """But a body that is not said to be JSON is refused. API Gateway lets no line end through."""
    unread = dict.fromkeys(("accept", "user-agent", "x-forwarded-for", "cookie", "origin"), _one_line(text))
    untrue = {"content-type": _one_line(text)}
    body = {"ratings": RATINGS}
    for post in (partial(marketplace.request_feedback, body={}), partial(marketplace.submit_feedback, body=body)):
        refused = post(headers=untrue)
        assert refused.refusal == (400, "not_json")
        assert text not in refused.text
        _json(refused)
        assert post(headers=unread).status == 201
    _log_lines(log(), text)
    tried("hostile texts", 2 * len(untrue | unread))


def _json(response: Told) -> Any:
    """What an answer says; its headers are ours, on one line each, and say it is nothing but JSON."""
    assert response.headers["Content-Type"] in {"application/json", "application/problem+json"}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    for name, value in response.headers.items():
        assert re.fullmatch(r"[A-Za-z-]+", name)
        assert re.fullmatch(r"[ -~]*", value)
    return json.loads(response.text) if response.text else None


def _safe(marketplace: InProcessMarketplace, *, messages: int) -> None:
    """So many by each channel, and none given up."""
    assert len(marketplace.emails()) == len(marketplace.dash_messages()) == messages
    assert queues.take("FAILURE_QUEUE_URL") == []
    for mailed in marketplace.sdk.parameters_of("SendEmail"):
        assert mailed["Content"]["Simple"].keys() == {"Subject", "Body"}  # no headers of its own
    for email in marketplace.emails():
        _safe_email(email)
    for sent, dash in zip(marketplace.sdk.parameters_of("Publish"), marketplace.dash_messages(), strict=True):
        assert dash.keys() == {
            "message_id",
            "kind",
            "recipient_id",
            "contract_id",
            "title",
            "body",
            "link",
            "occurred_at",
        }
        assert dash["link"] == "https://feedback.example.com/app/contract?id=c-1"
        assert {name: value["StringValue"] for name, value in sent["MessageAttributes"].items()} == {
            "kind": dash["kind"],
            "recipient_id": dash["recipient_id"],
        }
        assert not _steers(dash["title"] + dash["body"])


def _safe_email(email: Email) -> None:
    assert email.to in {CLIENT.email, FREELANCER.email}
    assert not _steers(email.subject)
    assert len(email.subject) <= 998
    shown = Shown(email.html)
    assert not {"script", "img", "svg", "iframe", "onerror", "onload", "onmouseover", "form"} & set(shown.tags)
    assert shown.tags.count("h1") == shown.tags.count("html") == 1
    for address in MAIL_HREF.findall(email.html):
        assert address.startswith("https://feedback.example.com/app/")
    for line in email.text.splitlines():
        assert not re.match(r"(Bcc|To|Content-Type):", line)


def _steers(text: str) -> bool:
    return bool(re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]", text))


def _log_lines(written: str, text: str) -> None:
    """Every line is one JSON object of ours, without controls, and has nothing of the text."""
    lines = written.split("\n")
    assert lines.pop() == ""
    assert lines
    for line in lines:
        assert line.isprintable()
        logged = json.loads(line)
        assert "_aws" in logged or logged.keys() >= LOG_KEYS
        for value in _values(logged):
            assert text not in value
            assert "evil.example" not in value
    for form in (text, json.dumps(text)[1:-1]):
        assert form not in written


def _values(logged: Any) -> Iterator[str]:
    match logged:
        case dict():
            for value in logged.values():
                yield from _values(value)
        case list():
            for value in logged:
                yield from _values(value)
        case str():
            yield logged


def _forms(text: str, place: FieldPath) -> list[str]:
    return [text, f"{text}@example.com", f"client@example.com{text}"] if place[-1] == "email" else [text]


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n\x00]", " ", text)

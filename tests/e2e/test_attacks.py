"""Attacks over real HTTP on the deployed stack: paths, methods, sizes, and other people's contracts."""

import http.client
import itertools
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local.people import Person
from tests.builders import RATINGS
from tests.conftest import Tried
from tests.e2e.issuer import Issuer
from tests.e2e.marketplace import Marketplace, eventually
from tests.soak import either

type Headers = dict[str, str]

FEEDBACK = {"ratings": RATINGS}
TEN_MEGABYTES = 10 * 1024 * 1024
OURS = ("lambda_handler", "mid_job_feedback", "root:", "import ", "AWS_", "Traceback", "<!doctype")


class Raw(NamedTuple):
    status: int
    headers: Headers
    body: bytes


def raw(attacked: Marketplace, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> Raw:
    """Sent byte for byte: no client puts the path or the method in order first."""
    address = urlsplit(attacked.stack.api_url)
    assert address.hostname
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection._validate_path = lambda _: None  # type: ignore[attr-defined]
    connection.putrequest(method, f"{address.path}{path}", skip_accept_encoding=True)
    for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = Raw(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


@pytest.fixture(scope="module")
def contract_id(attacked: Marketplace) -> str:
    return attacked.a_running_contract()


@pytest.fixture(scope="module")
def link(attacked: Marketplace) -> str:
    title = f"Contract {uuid4()}"
    attacked.ask(attacked.a_running_contract(title=title))
    return attacked.token_mailed(title)


@pytest.fixture(scope="module")
def outsiders(attacked: Marketplace, issuer: Issuer) -> list[Person]:
    """All signed in: party to no contract, and the client and the freelancer of another one."""
    stranger, *parties = (
        Person(role, f"u-{role}", issuer.token(issuer.claims(f"u-{role}")))
        for role in ("stranger", "other-client", "other-freelancer")
    )
    other, (client, freelancer) = f"c-{uuid4()}", [{"id": p.id, "name": p.name, "email": p.email} for p in parties]
    attacked.start(other, client=client, freelancer=freelancer)
    for party in parties:
        eventually(lambda: attacked.tab(other, party).status_code == 200, "the other contract")  # noqa: B023
    return [stranger, *parties]


# -- other people's contracts ------------------------------------------------------------------------------------


def test_an_outsider_learns_of_no_contract_by_any_route(
    attacked: Marketplace, contract_id: str, outsiders: list[Person], tried: Tried
) -> None:
    """Neither from what is said nor from the headers: a contract of others is one that there is not."""
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/contracts/{}/feedback", None),
        ("POST", "/contracts/{}/feedback", FEEDBACK),
        ("POST", "/contracts/{}/feedback-requests", {}),
        ("POST", "/contracts/{}/feedback-requests", {"message": "x" * 501}),
    ]
    keys: tuple[Headers, ...] = ({}, {"Idempotency-Key": "key"})
    for person, (method, path, body), headers in itertools.product(outsiders, calls, keys):
        answers = [
            attacked.call(method, path.format(known), person, json=body, headers=headers)
            for known in (contract_id, "c-none")
        ]
        assert answers[0].status_code in {404, 422}
        assert answers[0].text == answers[1].text
        assert answers[0].headers.keys() == answers[1].headers.keys()
        tried("calls about other people's contracts and about none", len(answers))


def test_an_outsider_with_the_clients_idempotency_key_gets_none_of_its_answers(
    attacked: Marketplace, outsiders: list[Person], tried: Tried
) -> None:
    contract_id, key = attacked.a_running_contract(), {"Idempotency-Key": str(uuid4())}
    assert attacked.give(contract_id, "For the client only.", headers=key).status_code == 201
    body = {"ratings": RATINGS, "comment": "For the client only."}
    for person in (*outsiders, attacked.freelancer):
        answer = attacked.call("POST", f"/contracts/{contract_id}/feedback", person, json=body, headers=key)
        assert answer.status_code in {403, 404}
        assert "For the client only." not in answer.text
        tried("calls with somebody else's Idempotency-Key", 1)


def test_a_link_opens_its_own_contract_only(attacked: Marketplace, link: str, contract_id: str) -> None:
    ways: tuple[dict[str, Any], ...] = (
        {"params": {"contract_id": contract_id}},
        {"headers": {"X-Contract-Id": contract_id, "X-Original-URL": f"/contracts/{contract_id}/feedback"}},
        {"headers": {"X-Rewrite-URL": f"/contracts/{contract_id}/feedback"}},
    )
    for how in ways:
        seen = attacked.call("GET", f"/feedback-links/{link}", **how).json()
        assert seen["contract"]["contract_id"] != contract_id
    named = {**FEEDBACK, "contract_id": contract_id}
    assert attacked.call("POST", f"/feedback-links/{link}", json=named).status_code == 422
    assert attacked.look_at_link(link).status_code == 200


def test_the_work_history_of_a_client_is_empty_and_names_nobody(attacked: Marketplace) -> None:
    found = attacked.call("GET", f"/freelancers/{attacked.client.id}/work-history").json()
    assert found == {"freelancer_id": attacked.client.id, "contracts": [], "next_cursor": None}
    public = attacked.call("GET", f"/freelancers/{attacked.freelancer.id}/work-history").text
    assert attacked.client.id not in public
    assert attacked.client.name not in public
    assert "@" not in public


# -- paths -------------------------------------------------------------------------------------------------------


MOST = either(2, 4)


def traversals() -> Iterator[str]:
    """Towards what lies beside the pages and above them, in every spelling that some server has undone."""
    ups = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%252f", "..\\", "..%5c", "%2e%2e%5c")
    odd_ups = ("..;/", "....//", "..%c0%af", "..%c1%9c", "%c0%ae%c0%ae/", "..%u2215", ".%00./", "..%ef%bc%8f")
    starts = ("/", "//", "%2f", "%252f", "\\", "%5c", "file:///", "~/")
    for target in ("etc/passwd", "app.py", "opt/python/mid_job_feedback/links.py", "proc/self/environ")[:MOST]:
        for up in (*ups, *odd_ups, "./", "//", "%2f"):
            yield f"/app/{up * 6}{target}"
            yield f"/app/wording/{up * 6}{target}"
        yield from (f"/app/{start}{target}" for start in starts)
        yield from (f"/app/feedback{end}" for end in (f"/../{target}", f"%00{target}", f"%00/../../{target}"))
    yield from (f"/app/{odd}" for odd in ("%", "%zz", "%00", "feedback%00", "feedback%00.js", "feedback%0a", "."))
    yield from ("/app", "/app/", "/app//", "/app/..", "/app/%2e", "/app/.git/config", "/app/__init__.py")


def test_no_path_leads_out_of_the_pages(attacked: Marketplace, tried: Tried) -> None:
    paths = list(traversals())
    for path in paths:
        answer = raw(attacked, "GET", path)
        assert (path, answer.status) in {(path, status) for status in (400, 401, 404)}
        text = answer.body.decode()
        assert not [ours for ours in OURS if ours in text], path
    tried("paths", len(paths))
    assert raw(attacked, "GET", "/app/feedback").status == 200


# -- methods -----------------------------------------------------------------------------------------------------

METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "LINK", "GETPOST", "X" * 40]
OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"]


def test_no_other_method_does_what_post_does(
    attacked: Marketplace, contract_id: str, link: str, tried: Tried
) -> None:
    body = json.dumps(FEEDBACK).encode()
    signed_in = {"Authorization": f"Bearer {attacked.client.token}", "Content-Type": "application/json"}
    paths = [f"/contracts/{contract_id}/feedback", f"/feedback-links/{link}", "/expirations", "/app/feedback"]
    for path in paths:
        for method in METHODS:
            answer = raw(attacked, method, path, body, signed_in)
            assert (path, method, answer.status // 100) != (path, method, 5)
            assert answer.status in {204, 400, 401, 403, 404, 405, 501}, (path, method, answer)
        for method in ("GET", "HEAD"):
            for override in OVERRIDES:
                answer = raw(attacked, method, f"{path}?_method=POST", body, {**signed_in, override: "POST"})
                assert answer.status in {200, 401, 404}
    tried("methods", len(paths) * (len(METHODS) + 2 * len(OVERRIDES)))
    assert attacked.tab(contract_id, attacked.client).json()["feedback"] == []
    assert attacked.look_at_link(link).status_code == 200


# -- sizes -------------------------------------------------------------------------------------------------------


def bodies() -> Iterator[tuple[str, bytes, set[int]]]:
    """Too large, too deep, too many, too long a number."""
    answer = json.dumps(FEEDBACK)[:-1]
    large = b'{"comment": "' + b"x" * TEN_MEGABYTES + b'"}'
    yield "10 MB", large, {413}
    yield "10 MB of nothing", b" " * TEN_MEGABYTES, {413}
    yield "128 KiB and a byte", json.dumps(FEEDBACK).encode().ljust(128 * 1024 + 1), {413}
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        for depth in (100, 1000, 15_000):
            nested = opened * depth + "1" * (closed == "}") + closed * depth
            yield f"{depth} {opened} as a body", nested.encode(), {400, 422}
            yield f"{depth} {opened} as a comment", f'{answer}, "comment": {nested}}}'.encode(), {400, 422}
        yield f"{opened} without end", (opened * 20_000).encode(), {400}
    yield "5,000 fields", json.dumps({**FEEDBACK, **{f"f{i}": i for i in range(5_000)}}).encode(), {422}
    yield "5,000 ratings", json.dumps({"ratings": {f"f{i}": i for i in range(5_000)}}).encode(), {422}
    numbers = ("1" * 100_000, "1e999999999", "-" + "9" * 5000, "1." + "0" * 100_000, "1e-400", "0x5", "\u0661")
    for number in numbers:
        skills = json.dumps(FEEDBACK).replace('"skills": 5', f'"skills": {number}')
        yield f"a rating of {number:.12}", skills.encode(), {400, 422}
    yield "a field twice", f'{answer}, "comment": "a", "ratings": {{}}}}'.encode(), {400, 422}
    yield "__proto__", json.dumps({**FEEDBACK, "__proto__": {"admin": True}}).encode(), {422}
    yield "a byte-order mark", b"\xef\xbb\xbf" + json.dumps(FEEDBACK).encode(), {400}
    yield "UTF-16", json.dumps(FEEDBACK).encode("utf-16"), {400}


def test_no_body_is_too_much(attacked: Marketplace, link: str, tried: Tried) -> None:
    contract_id = attacked.a_running_contract()
    ways = [
        (f"/contracts/{contract_id}/feedback", attacked.client.token),
        (f"/feedback-links/{link}", ""),
    ]
    sent = list(bodies())
    for place, (what, body, expected) in enumerate(sent):
        path, token = ways[place % 2] if len(body) < TEN_MEGABYTES else ways[0]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}".strip()}
        answer = raw(attacked, "POST", path, body, headers)
        assert (what, answer.status in expected, len(answer.body) < 20_000) == (what, True, True), answer.status
        assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
    tried("bodies", len(sent))
    assert attacked.tab(contract_id, attacked.client).json()["feedback"] == []
    assert attacked.look_at_link(link).status_code == 200


# -- what is mailed, logged and shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Eve\r\nBcc: victim@evil.example\r\n\r\n<b>",
        '<script>alert(1)</script>"><img src=x onerror=1>',
        '=cmd|"/C calc"!A0',
        'x\n{"level":"INFO","message":"submit accepted"}\x1b[31m',
    ],
    ids=["header", "html", "csv", "log"],
)
def test_hostile_text_travels_as_text(attacked: Marketplace, text: str, tried: Tried) -> None:
    """Through the whole stack once for each kind; all kinds in all fields are in tests/component. That no line of
    the log has any of it is seen when the stack ends."""
    title = f"{text} {uuid4()}"
    shown = "".join(" " if ord(c) < 32 else c for c in title)
    contract_id = attacked.a_running_contract(title=title)
    assert attacked.ask(contract_id, text).json()["message"] == text
    mails = eventually(lambda: attacked.mails(shown), "the mail")
    assert mails[0]["Subject"] == f"Freelancer asks for your feedback on “{shown}”"
    assert mails[0]["To"] == [attacked.client.email]
    assert "<script" not in mails[0]["BodyHtml"]
    assert attacked.give(contract_id, text).json()["comment"] == text
    for person in (attacked.client, attacked.freelancer):
        tab = attacked.tab(contract_id, person)
        assert tab.headers["content-type"] == "application/json"
        assert tab.json()["feedback"][0]["comment"] == text
        assert tab.json()["contract"]["title"] == shown
    tried("hostile texts", 3)

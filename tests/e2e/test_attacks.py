"""Attacks over real HTTP on the deployed stack: paths, methods, sizes, and other people's contracts."""

import itertools
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from local.people import Person
from tests.builders import RATINGS
from tests.conftest import Tried
from tests.e2e.deployed_service import DeployedService, eventually
from tests.e2e.oidc_issuer import Issuer
from tests.soak import either

type Headers = dict[str, str]

FEEDBACK = {"ratings": RATINGS}
TEN_MEGABYTES = 10 * 1024 * 1024
INTERNAL_TEXTS = ("lambda_handler", "mid_job_feedback", "root:", "import ", "AWS_", "Traceback", "<!doctype")


@pytest.fixture(scope="module")
def contract_id(target: DeployedService) -> str:
    return target.an_eligible_contract()


@pytest.fixture(scope="module")
def link(target: DeployedService) -> str:
    title = f"Contract {uuid4()}"
    target.request_feedback(target.an_eligible_contract(title=title))
    return target.emailed_token(title)


@pytest.fixture(scope="module")
def outsiders(target: DeployedService, issuer: Issuer) -> list[Person]:
    """Signed-in people: one without contracts, and the client and the freelancer of another contract."""
    stranger, *parties = (
        Person(role, f"u-{role}", issuer.token(issuer.claims(f"u-{role}")))
        for role in ("stranger", "other-client", "other-freelancer")
    )
    other, (client, freelancer) = f"c-{uuid4()}", [{"id": p.id, "name": p.name, "email": p.email} for p in parties]
    target.start_contract(other, client=client, freelancer=freelancer)
    for party in parties:
        eventually(lambda: target.tab(other, party).status_code == 200, "the other contract")  # noqa: B023
    return [stranger, *parties]


# -- other people's contracts ------------------------------------------------------------------------------------


def test_an_outsider_learns_of_no_contract_by_any_route(
    target: DeployedService, contract_id: str, outsiders: list[Person], tried: Tried
) -> None:
    """But for the reference, responses are the same for a contract of others and for one that does not exist."""
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/contracts/{}/feedback", None),
        ("POST", "/contracts/{}/feedback", FEEDBACK),
        ("POST", "/contracts/{}/feedback-requests", {}),
        ("POST", "/contracts/{}/feedback-requests", {"message": "x" * 501}),
    ]
    keys: tuple[Headers, ...] = ({}, {"Idempotency-Key": "key"})
    for person, (method, path, body), headers in itertools.product(outsiders, calls, keys):
        responses = [
            target.call(method, path.format(of), person, json=body, headers=headers)
            for of in (contract_id, "c-none")
        ]
        known, unknown = (response.json() for response in responses)
        assert known.pop("reference") != unknown.pop("reference")
        assert known == unknown
        assert known["status"] in {404, 422}
        assert responses[0].headers.keys() == responses[1].headers.keys()
        tried("calls about other people's contracts and about none", len(responses))


def test_an_outsider_with_the_clients_idempotency_key_gets_no_response_of_the_client(
    target: DeployedService, outsiders: list[Person], tried: Tried
) -> None:
    contract_id, key = target.an_eligible_contract(), {"Idempotency-Key": str(uuid4())}
    assert target.give_feedback(contract_id, "For the client only.", headers=key).status_code == 201
    body = {"ratings": RATINGS, "comment": "For the client only."}
    for person in (*outsiders, target.freelancer):
        response = target.call("POST", f"/contracts/{contract_id}/feedback", person, json=body, headers=key)
        assert response.status_code in {403, 404}
        assert "For the client only." not in response.text
        tried("calls with somebody else's Idempotency-Key", 1)


# -- paths -------------------------------------------------------------------------------------------------------


FILE_COUNT = either(2, 4)


def traversals() -> Iterator[str]:
    """Path traversal out of the static files, in every encoding that some server is known to decode."""
    ups = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..%252f", "..\\", "..%5c", "%2e%2e%5c")
    odd_ups = ("..;/", "....//", "..%c0%af", "..%c1%9c", "%c0%ae%c0%ae/", "..%u2215", ".%00./", "..%ef%bc%8f")
    starts = ("/", "//", "%2f", "%252f", "\\", "%5c", "file:///", "~/")
    for target in ("etc/passwd", "app.py", "opt/python/mid_job_feedback/links.py", "proc/self/environ")[
        :FILE_COUNT
    ]:
        for up in (*ups, *odd_ups, "./", "//", "%2f"):
            yield f"/app/{up * 6}{target}"
            yield f"/app/wording/{up * 6}{target}"
        yield from (f"/app/{start}{target}" for start in starts)
        yield from (f"/app/feedback{end}" for end in (f"/../{target}", f"%00{target}", f"%00/../../{target}"))
    yield from (f"/app/{odd}" for odd in ("%", "%zz", "%00", "feedback%00", "feedback%00.js", "feedback%0a", "."))
    yield from ("/app", "/app/", "/app//", "/app/..", "/app/%2e", "/app/.git/config", "/app/__init__.py")


def test_no_path_leads_out_of_the_static_files(target: DeployedService, tried: Tried) -> None:
    paths = list(traversals())
    for path in paths:
        response = target.send_raw("GET", path)
        assert (path, response.status) in {(path, status) for status in (400, 401, 404)}
        text = response.body.decode()
        assert not [internal for internal in INTERNAL_TEXTS if internal in text], path
    tried("paths", len(paths))
    assert target.send_raw("GET", "/app/feedback").status == 200


# -- methods -----------------------------------------------------------------------------------------------------

METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "LINK", "GETPOST", "X" * 40]
OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"]


def test_no_method_but_post_changes_anything(
    target: DeployedService, contract_id: str, link: str, tried: Tried
) -> None:
    body = json.dumps(FEEDBACK).encode()
    signed_in = {"Authorization": f"Bearer {target.client.token}", "Content-Type": "application/json"}
    paths = [f"/contracts/{contract_id}/feedback", f"/feedback-links/{link}", "/expirations", "/app/feedback"]
    for path in paths:
        for method in METHODS:
            response = target.send_raw(method, path, body, signed_in)
            assert (path, method, response.status // 100) != (path, method, 5)
            refusals = {204, 400, 401, 403, 404, 405, 501}
            if (method, path) == ("PUT", f"/feedback-links/{link}"):
                refusals = {409}  # a correction, but nothing was given yet
            assert response.status in refusals, (path, method, response)
        for method in ("GET", "HEAD"):
            for override in OVERRIDES:
                response = target.send_raw(method, f"{path}?_method=POST", body, {**signed_in, override: "POST"})
                assert response.status in {200, 401, 404}
    tried("methods", len(paths) * (len(METHODS) + 2 * len(OVERRIDES)))
    assert target.tab(contract_id, target.client).json()["feedback"] == []
    assert target.open_link(link).status_code == 200


# -- sizes -------------------------------------------------------------------------------------------------------


def bodies() -> Iterator[tuple[str, bytes, set[int]]]:
    """Bodies that are too large, too deep, or odd: name, body and expected statuses."""
    feedback = json.dumps(FEEDBACK)[:-1]
    large = b'{"comment": "' + b"x" * TEN_MEGABYTES + b'"}'
    yield "10 MB", large, {413}
    yield "10 MB of nothing", b" " * TEN_MEGABYTES, {413}
    yield "128 KiB and a byte", json.dumps(FEEDBACK).encode().ljust(128 * 1024 + 1), {413}
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        for depth in (100, 1000, 15_000):
            nested = opened * depth + "1" * (closed == "}") + closed * depth
            yield f"{depth} {opened} as a body", nested.encode(), {400, 422}
            yield f"{depth} {opened} as a comment", f'{feedback}, "comment": {nested}}}'.encode(), {400, 422}
        yield f"{opened} without end", (opened * 20_000).encode(), {400}
    yield "5,000 fields", json.dumps({**FEEDBACK, **{f"f{i}": i for i in range(5_000)}}).encode(), {422}
    yield "5,000 ratings", json.dumps({"ratings": {f"f{i}": i for i in range(5_000)}}).encode(), {422}
    numbers = ("1" * 100_000, "1e999999999", "-" + "9" * 5000, "9." + "0" * 100_000, "1e-400", "0x5", "\u0661")
    for number in numbers:
        skills = json.dumps(FEEDBACK).replace('"skills": 5', f'"skills": {number}')
        yield f"a rating of {number:.12}", skills.encode(), {400, 422}
    yield "a field twice", f'{feedback}, "comment": "a", "ratings": {{}}}}'.encode(), {400, 422}
    yield "__proto__", json.dumps({**FEEDBACK, "__proto__": {"admin": True}}).encode(), {422}
    yield "a byte-order mark", b"\xef\xbb\xbf" + json.dumps(FEEDBACK).encode(), {400}
    yield "UTF-16", json.dumps(FEEDBACK).encode("utf-16"), {400}


def test_every_oversized_or_odd_body_is_refused(target: DeployedService, link: str, tried: Tried) -> None:
    contract_id = target.an_eligible_contract()
    attempts = [
        (f"/contracts/{contract_id}/feedback", target.client.token),
        (f"/feedback-links/{link}", ""),
    ]
    sent = list(bodies())
    for place, (what, body, expected) in enumerate(sent):
        path, token = attempts[place % 2] if len(body) < TEN_MEGABYTES else attempts[0]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}".strip()}
        response = target.send_raw("POST", path, body, headers)
        assert (what, response.status in expected, len(response.body) < 20_000) == (what, True, True), (
            response.status
        )
        assert response.headers["content-type"] in {"application/json", "application/problem+json"}
    tried("bodies", len(sent))
    assert target.tab(contract_id, target.client).json()["feedback"] == []
    assert target.open_link(link).status_code == 200


# -- e-mails, pages and logs -------------------------------------------------------------------------------------


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
def test_hostile_text_stays_text(target: DeployedService, text: str, tried: Tried) -> None:
    """One text of each kind through the whole stack. tests/component has all kinds in all fields.

    The fixture of the stack searches the logs for them.
    """
    title = f"{text} {uuid4()}"
    shown = "".join(" " if ord(c) < 32 else c for c in title)
    contract_id = target.an_eligible_contract(title=title)
    assert target.request_feedback(contract_id, text).json()["message"] == text
    emails = eventually(lambda: target.emails(shown), "the mail")
    assert emails[0]["Subject"].startswith(f"Ana Ruiz asks for your feedback on “{shown}” by ")
    assert emails[0]["To"] == [target.client.email]
    assert "<script" not in emails[0]["BodyHtml"]
    assert target.give_feedback(contract_id, text).json()["comment"] == text
    for person in (target.client, target.freelancer):
        tab = target.tab(contract_id, person)
        assert tab.headers["content-type"] == "application/json"
        assert tab.json()["feedback"][0]["comment"] == text
        assert tab.json()["contract"]["title"] == shown
    tried("hostile texts", 3)

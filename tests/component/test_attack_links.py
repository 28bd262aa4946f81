"""Forged links and cursors: all links get the same response, and so do all cursors."""

import hashlib
import json
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from itsdangerous import Signer, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from mid_job_feedback import links
from tests.builders import FREELANCER
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.conftest import Tried
from tests.soak import SOAK, either

KEY = "k" * 64
NO_TOKENS = [" ", ".", "..", "a.b", "x" * 2048, "x" * 8000, "ü.ü", "🙂", "%00", "a/b", 'a"b', "\n"]
LINK, CURSOR, REQUESTS_CURSOR = "feedback-link", "work-history-cursor", "open-requests-cursor"
PAYLOADS: list[Any] = [
    ["c-1", "r-1", 0, 0],
    [],
    {},
    "c-1",
    None,
    ["c-1", "r-1", "0", "0", "x"],
    {"after": {}, "contract": None},
    ["u-client"],
]
KEYS = [
    "",
    "K" * 64,
    "k" * 63,
    "k" * 65,
    "k" * 64 + "\n",
    '{"current": "' + KEY + '"}',
    "current",
    "secret-key",
    "link-key",
    "n" * 64,
]
DIGESTS = [hashlib.sha1, hashlib.sha512, hashlib.md5, hashlib.sha384, hashlib.sha3_256]


@pytest.fixture
def link(marketplace: Marketplace) -> str:
    marketplace.request_feedback()
    return marketplace.link_token()


@pytest.fixture
def cursor(marketplace: Marketplace) -> str:
    marketplace.start_eligible_contract("c-2")
    found: str = marketplace.work_history(limit=1).body["next_cursor"]
    return found


@pytest.fixture
def requests_cursor(marketplace: Marketplace, link: str) -> str:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback("c-2")
    found: str = marketplace.open_requests(limit=1).body["next_cursor"]
    return found


def resigned(payload: bytes) -> Iterator[str]:
    """The payload signed with other keys, digests and key derivations, and for other purposes."""
    for key in KEYS:
        for salt in (LINK, CURSOR, REQUESTS_CURSOR, "itsdangerous", ""):
            yield _signed(payload, key, salt)
    for salt in (
        "",
        "feedback-link ",
        "Feedback-Link",
        "feedback_link",
        "itsdangerous",
        "itsdangerous.Signer",
        "cursor",
    ):
        yield _signed(payload, KEY, salt)
    for digest in DIGESTS:
        yield _signed(payload, KEY, LINK, digest_method=digest)
        yield _signed(payload, KEY, CURSOR, digest_method=digest)
    for derivation in ("concat", "hmac", "none"):
        yield _signed(payload, KEY, LINK, key_derivation=derivation, digest_method=hashlib.sha256)
        yield _signed(payload, KEY, CURSOR, key_derivation=derivation, digest_method=hashlib.sha256)
    yield payload.decode() + "." + base64_encode(hashlib.sha256(payload).digest()).decode()
    yield payload.decode() + "."
    yield payload.decode() + "." + base64_encode(bytes(32)).decode()


def made_up() -> Iterator[str]:
    """Other payloads, signed by somebody else or for something else."""
    for payload in PAYLOADS:
        for key in ("another key", ""):
            yield str(URLSafeSerializer(key, LINK, signer_kwargs={"digest_method": hashlib.sha256}).dumps(payload))
        yield str(URLSafeTimedSerializer(KEY, LINK).dumps(payload))
        yield base64_encode(json.dumps(payload)).decode() + "." + "A" * 43
    yield "." + "A" * 40 + "." + "A" * 43  # marked as compressed, but it is not
    yield "." + base64_encode(b"x\x9c" + b"\x00" * 500).decode() + "." + "A" * 43


def altered(token: str) -> Iterator[str]:
    """Shortened to every length, lengthened, and with one bit (long form: every bit) of each character flipped."""
    yield from (token + "A", token + "=", token + ".", " " + token, token.lower(), token[::-1])
    yield from (token[:length] for length in range(1, len(token)))
    yield from (token[start:] for start in range(1, len(token), either(8, 1)))
    bits = range(either(1, 8))
    for place, character in enumerate(token):
        for bit in bits:
            yield token[:place] + chr(ord(character) ^ 1 << bit) + token[place + 1 :]
        if SOAK:
            yield token[:place] + token[place + 1 :]
            yield token[:place] + character + token[place:]
    yield from (
        token[:-1] + last for last in string.ascii_letters + string.digits + "-_"
    )  # which has bits to spare
    payload, _, signature = token.rpartition(".")
    for whole, join in ((payload.lstrip("."), "{}." + signature), (signature, payload + ".{}")):
        raw = base64_decode(whole)
        for place in range(len(raw)):
            other = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            yield join.format(base64_encode(other).decode())


def test_every_forged_link_gets_the_same_response(
    marketplace: Marketplace, link: str, cursor: str, tried: Tried
) -> None:
    payload = link.rpartition(".")[0].encode()
    forged = [
        *NO_TOKENS,
        *resigned(payload),
        *made_up(),
        *altered(link),
        cursor,
        *resigned(cursor.rpartition(".")[0].encode()),
    ]
    forged = sorted({token for token in forged if token and token != link})
    first = marketplace.open_link("TOKEN")
    assert first.refusal == (404, "link_invalid")
    for token in forged:
        for act in (marketplace.open_link, marketplace.submit_by_link):
            response = act(token)
            assert (token, response.text, response.headers) == (token, first.text, first.headers)
        assert (token, marketplace.head_link(token).status) == (token, 404)
    tried("forged links", len(forged))
    tried("calls with forged links", 3 * len(forged))
    assert marketplace.open_link(link).status == 200


def test_head_of_a_forged_link_responds_as_get_does_without_a_body(marketplace: Marketplace, link: str) -> None:
    for token in made_up():
        head, get = marketplace.head_link(token), marketplace.open_link(token)
        assert (head.status, head.headers, head.text) == (get.status, get.headers, "")


def test_every_forged_cursor_gets_the_same_response(
    marketplace: Marketplace, link: str, cursor: str, tried: Tried
) -> None:
    payload = cursor.rpartition(".")[0].encode()
    forged = [
        *NO_TOKENS,
        *resigned(payload),
        *made_up(),
        *altered(cursor),
        link,
        *resigned(link.rpartition(".")[0].encode()),
    ]
    forged = sorted({token for token in forged if token and token != cursor})
    first = marketplace.work_history(cursor="TOKEN")
    assert first.wrong_fields == ["cursor"]
    for token in forged:
        response = marketplace.work_history(cursor=token)
        assert (token, response.text, response.headers) == (token, first.text, first.headers)
    tried("forged cursors", len(forged))
    assert marketplace.work_history(cursor=cursor).status == 200


def test_so_does_every_forged_cursor_of_open_requests(
    marketplace: Marketplace, link: str, requests_cursor: str, tried: Tried
) -> None:
    of_history = marketplace.work_history(limit=1).body["next_cursor"]
    payload = requests_cursor.rpartition(".")[0].encode()
    forged = {*NO_TOKENS, *resigned(payload), *made_up(), *altered(requests_cursor), link, of_history}
    forged -= {"", requests_cursor}
    first = marketplace.open_requests(cursor="TOKEN")
    assert first.wrong_fields == ["cursor"]
    for token in forged:
        response = marketplace.open_requests(cursor=token)
        assert (token, response.text, response.headers) == (token, first.text, first.headers)
    assert marketplace.work_history(cursor=requests_cursor).wrong_fields == ["cursor"]
    tried("forged cursors", len(forged))
    assert marketplace.open_requests(cursor=requests_cursor).status == 200


def test_so_does_every_forged_token_of_email_preferences(
    marketplace: Marketplace, link: str, cursor: str, tried: Tried
) -> None:
    token = marketplace.preferences_token()
    payload = token.rpartition(".")[0].encode()
    of_other_purposes = {_signed(payload, KEY, salt) for salt in (LINK, CURSOR, REQUESTS_CURSOR)}
    forged = {*NO_TOKENS, *resigned(payload), *made_up(), *altered(token), *of_other_purposes, link, cursor}
    forged -= {"", token}
    first = marketplace.email_preferences("TOKEN")
    assert first.refusal == (404, "link_invalid")
    for sent in sorted(forged):
        for act in (marketplace.email_preferences, marketplace.unsubscribe):
            response = act(sent)
            assert (sent, response.text, response.headers) == (sent, first.text, first.headers)
    assert marketplace.open_link(token).text == first.text
    assert marketplace.work_history(cursor=token).wrong_fields == ["cursor"]
    assert not [row for row in marketplace.rows() if row["PK"]["S"].startswith("PERSON#")]
    tried("forged tokens of e-mail preferences", len(forged))
    assert marketplace.unsubscribe(token).status == 200


@pytest.mark.parametrize("purpose", [LINK, CURSOR])
def test_a_token_that_was_signed_for_the_other_purpose_is_refused(
    marketplace: Marketplace, link: str, purpose: str
) -> None:
    """Both are signed with the same key; only the purpose differs."""
    request = marketplace.feedback_tab().body["open_request"]
    payload: Any = ["c-1", request["request_id"], 0, 0]
    position = {"after": {"freelancer_id": FREELANCER.id}, "contract": None}
    if purpose == LINK:
        assert marketplace.work_history(cursor=links._sign(LINK, position)).wrong_fields == ["cursor"]
    else:
        assert marketplace.open_link(links._sign(CURSOR, payload)).refusal == (404, "link_invalid")


@pytest.mark.parametrize(
    "act",
    [
        lambda marketplace, token: marketplace.open_link(token),
        lambda marketplace, token: marketplace.submit_by_link(token),
        lambda marketplace, token: marketplace.work_history(cursor=token),
        lambda marketplace, token: marketplace.open_requests(cursor=token),
        lambda marketplace, token: marketplace.email_preferences(token),
        lambda marketplace, token: marketplace.choose_emails(token),
    ],
    ids=["open link", "submit by link", "page", "page of open requests", "e-mail preferences", "choose e-mails"],
)
def test_a_forged_token_never_causes_a_read_of_the_table(
    marketplace: Marketplace, link: str, cursor: str, act: Callable[[Marketplace, str], HttpResponse]
) -> None:
    marketplace.sdk.calls.clear()
    for token in (*made_up(), *resigned(link.rpartition(".")[0].encode())):
        act(marketplace, token)
    assert {call.operation for call in marketplace.sdk.calls} <= {"GetSecretValue"}


def _signed(payload: bytes, key: str, salt: str, **how: Any) -> str:
    how.setdefault("digest_method", hashlib.sha256)
    return (
        Signer(key, salt, key_derivation=how.pop("key_derivation", "django-concat"), **how).sign(payload).decode()
    )

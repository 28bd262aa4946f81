"""Addresses as people, mail programs and old pages spell them, and 404 for all others."""

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mid_job_feedback.domain import refusals
from mid_job_feedback.http import not_found, page_addresses, problems

FILES = (
    *("api", "contract", "feedback", "freelancer"),
    *("elements.js", "elements-ABCDEF23.js", "links-ABCDEF24.js", "de-ZYXWVU76.js", "icon.svg", "openapi.json"),
)
BASE = "https://feedback.example.com/_aws/execute-api/0123abcd/$default"
TOKEN = "WyJjLTEiLCJyLTEiLDAsMF0.x-_9AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
HOME = "https://www.example.com"

tokens = st.from_regex(r"\.?[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_-]{43}", fullmatch=True)


def call(path: str, query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    """An event as API Gateway makes it of a path, which it decodes once."""
    raw_path = unquote(path)
    proxy = raw_path.removeprefix("/app/")
    return {
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {"requestId": "Rq1=", "http": {"method": method}},
        **({"pathParameters": {"proxy": proxy}} if proxy not in {"", raw_path} else {}),
    }


def target(path: str, query: str = "") -> str:
    """The address that a browser opens instead of `path`, below the API's own; empty if it is not redirected."""
    event = call(path, query)
    response = page_addresses.redirect(FILES, page_addresses.path_of(event), query)
    if response is None:
        return ""
    assert response["statusCode"] == 302
    assert response["body"] == ""
    assert response["headers"]["cache-control"] == "no-store"
    assert response["headers"]["referrer-policy"] == "no-referrer"
    location: str = response["headers"]["location"]
    assert not re.match(r"/|\w+:", location)
    return urljoin(f"{BASE}{path}", location).removeprefix(BASE)


@pytest.mark.parametrize("page", ["api", "contract", "feedback", "freelancer"])
def test_a_slash_too_many_leads_to_the_page(page: str) -> None:
    assert target(f"/app/{page}/") == f"/app/{page}"


@pytest.mark.parametrize(("path", "location"), [("feedback//", "../../feedback"), ("/feedback", "../feedback")])
def test_an_empty_segment_counts_as_one(path: str, location: str) -> None:
    """As browsers count. `urljoin` leaves empty segments out."""
    response = page_addresses.redirect(FILES, path, "")
    assert response is not None
    assert response["headers"]["location"] == location


@pytest.mark.parametrize("path", ["Feedback", "FEEDBACK", "feedBack/", "%46eedback"])
def test_capitals_lead_to_the_page(path: str) -> None:
    assert target(f"/app/{path}") == "/app/feedback"


def test_a_redirect_keeps_the_query() -> None:
    query = "id=auth0%7Cabc&x=%22&y=a b\r\n"
    assert target("/app/contract/", query) == "/app/contract?id=auth0%7Cabc&x=%22&y=a%20b%0D%0A"
    assert target("/app/Freelancer", "id=u-1") == "/app/freelancer?id=u-1"


def test_a_slash_that_the_path_parameter_lacks_counts() -> None:
    """A page at an address with a slash at its end would look for its script in another place."""
    event = call("/app/feedback/") | {"pathParameters": {"proxy": "feedback"}}
    assert page_addresses.path_of(event) == "feedback/"


@pytest.mark.parametrize("parameters", [{}, {"pathParameters": None}, {"pathParameters": {}}])
def test_a_call_that_fits_no_route_has_no_path(parameters: dict[str, Any]) -> None:
    event = {name: value for name, value in call("/").items() if name != "pathParameters"} | parameters
    assert page_addresses.path_of(event) == ""


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/app", "/app/", "/app//", "/app/nothing", "/app/nothing/", "/app/feedback/x", "/app/x/feedback"),
        *("/app/icon.svg/", "/app/ICON.SVG", "/app/Elements.js", "/app/feedback-form.js", "/app/feedback.html"),
        *(
            "/app/de-ABCDEF23.js",
            "/app/contract-ABCDEF23.js",
            "/app/elements-ABCDEF2.js",
            "/app/elements-abcdef23.js",
        ),
        *(
            "/app/feedback%23",
            "/app/feedback%23t=",
            "/app/feedback%23t=.",
            "/app/feedback%23t=)",
            "/app/feedback%23rating=4",
        ),
        *("/app/feedback%23at=TOKEN", "/app/feedbackt=TOKEN", "/app/feedback-t=TOKEN", "/app/contract%23t=TOKEN"),
        "/feedback%23t=TOKEN",
    ],
)
def test_any_other_path_stays_where_it_is(path: str) -> None:
    assert target(path) == ""


# Links of e-mails, as mail gateways and people leave them


@pytest.mark.parametrize(
    ("spelling", "requested"),
    [
        ("feedback%23t={}", ""),
        ("feedback%2523t={}", ""),
        ("feedback%252523t%25253D{}", ""),
        ("feedback/%23t={}", ""),
        ("feedback/%23t={}/", ""),
        ("Feedback%23t={}", ""),
        ("feedback%23t%3D{}", ""),
        ("feedback&t={}", ""),
        ("feedback%23t={}.", ""),
        ("feedback%23t={}...", ""),
        ("feedback%23t={})", ""),
        ("feedback%23t={}).", ""),
        ("feedback%23t={}%3E", ""),
        ("feedback%23t={}]", ""),
        ("feedback%23t={},", ""),
        ("feedback%23t={}%22", ""),
        ("feedback%23t={}%E2%80%9D", ""),
        ("feedback%23t={}%20", ""),
        ("feedback%23t={}%0A", ""),
        ("feedback%23t={}%26rating=4", "rating=4"),
        ("feedback%23t={}&rating=4", "rating=4"),
        ("feedback%23t={}%26rating%3D4", "rating=4"),
        ("feedback%23t={}%2526rating%253D4", "rating=4"),
        ("feedback%23t={}&amp;rating=1", "rating=1"),
        ("feedback%23t={}%26amp%3Brating=5", "rating=5"),
        ("feedback%23rating=5&t={}", "rating=5"),
        ("feedback%23t={}.&rating=4).", "rating=4"),
        ("feedback%23t={}%26decline=1", "decline=1"),
        ("feedback%23t={}%2526decline%253D1.", "decline=1"),
        ("feedback%23t={}&decline=10", ""),
        ("feedback%23t={}&decline=0", ""),
        ("feedback%23t={}&rating=0", ""),
        ("feedback%23t={}&rating=6", ""),
        ("feedback%23t={}&rating=45", ""),
        ("feedback%23t={}&rating=4.5", ""),
        ("feedback%23t={}&rating=4x", ""),
        ("feedback%23t={}&rating=", ""),
        ("feedback%23t={}&rating=%3Cb%3E", ""),
        ("feedback%23t={}&overrating=4", ""),
    ],
)
def test_a_link_that_was_escaped_or_stands_in_a_sentence_leads_to_the_form(spelling: str, requested: str) -> None:
    suffix = f"&{requested}" if requested else ""
    assert target(f"/app/{spelling.format(TOKEN)}") == f"/app/feedback#t={TOKEN}{suffix}"


@given(tokens, st.sampled_from(["", ".", ")", ">", "]", "…", "\u201d", " ", "\n"]), st.integers(1, 3))
def test_whatever_the_token_it_is_found(token: str, behind: str, escapes: int) -> None:
    link = f"#t={token}{behind}"
    for _ in range(escapes):
        link = quote(link)
    assert target(f"/app/feedback{link}") == f"/app/feedback#t={token}"


@given(st.text(max_size=60))
def test_no_path_makes_a_redirect_lead_elsewhere(text: str) -> None:
    """Nor does any break the header."""
    for path in (f"feedback#t={text}", f"feedback/{text}", text):
        response = page_addresses.redirect(FILES, path, text)
        if response:
            location = response["headers"]["location"]
            assert location.isascii()
            assert location.isprintable()
            found = r"contract|feedback|freelancer|elements-ABCDEF23\.js|links-ABCDEF24\.js"
            assert re.fullmatch(rf"(\.\./)*({found})([?#].*)?", location)


# Scripts of another release


def test_the_script_of_another_release_is_the_current_one() -> None:
    """By its hashed name: the stable one may be cached, and lead back to the script that is gone."""
    assert target("/app/elements-OLDHASH2.js") == "/app/elements-ABCDEF23.js"
    assert target("/app/links-OLDHASH2.js") == "/app/links-ABCDEF24.js"
    response = page_addresses.redirect(FILES, "elements-OLDHASH2.js", "")
    assert response is not None
    assert response["headers"]["access-control-allow-origin"] == "*"
    assert response["headers"]["cross-origin-resource-policy"] == "cross-origin"


def test_without_a_script_of_this_kind_there_is_nothing_to_redirect_to() -> None:
    assert page_addresses.redirect(["contract", "elements.js"], "elements-OLDHASH2.js", "") is None


# 404


class Shown(HTMLParser):
    """What a page contains: elements with their attributes, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attributes.get(name) for found, attributes in self.elements if found == tag]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html;q=0", "text/html; q=0.0, */*"])
def test_programs_get_the_problem_document_of_the_api(accept: str) -> None:
    response = not_found.respond(call("/nothing", accept=accept), HOME)
    api = problems.response(refusals.NotFound(), "Rq1=")
    assert response["statusCode"] == api.status_code
    assert response["headers"]["content-type"] == api.content_type
    for name, value in api.headers.items():
        assert response["headers"][name.lower()] == value
    assert json.loads(response["body"]) == json.loads(str(api.body))


def test_a_call_without_headers_is_a_programs() -> None:
    assert not_found.respond(call("/"), "")["headers"]["content-type"] == "application/problem+json"


@pytest.mark.parametrize("accept", [BROWSER, "text/html", "application/json, text/html;q=0.5"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_people_get_a_page_in_four_languages_with_the_reference(accept: str, method: str) -> None:
    response = not_found.respond(call("/nothing", method=method, accept=accept), "")
    assert response["statusCode"] == 404
    assert response["headers"]["content-type"] == "text/html; charset=utf-8"
    assert response["headers"]["cache-control"] == "no-store"
    page = Shown(response["body"])
    assert "There is no page at this address." in page.text
    assert "reference Rq1=." in page.text
    assert page.attributes("html", "lang") == ["en"]
    translations = [
        (lang, dir_)
        for lang, dir_ in zip(page.attributes("p", "lang"), page.attributes("p", "dir"), strict=True)
        if lang
    ]
    assert translations == [("de", None), ("es", None), ("ar", "rtl")]


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    response = not_found.respond(call("/nothing", accept=BROWSER), HOME)
    policy = response["headers"]["content-security-policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; "
        r"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        policy,
    )
    page = Shown(response["body"])
    assert not {"script", "img", "iframe", "form"} & {tag for tag, _ in page.elements}
    assert not [
        name for _, attributes in page.elements for name in attributes if name in {"style", "onload", "src"}
    ]
    assert page.attributes("link", "href") == ["data:,"]  # so that the browser asks for no icon


def test_the_page_leads_to_the_marketplace_if_its_address_is_known() -> None:
    known, unknown = (Shown(not_found.respond(call("/", accept=BROWSER), home)["body"]) for home in (HOME, ""))
    assert known.attributes("a", "href") == [HOME]
    assert "www.example.com" in known.text
    assert unknown.attributes("a", "href") == []


def test_nothing_of_the_call_but_the_escaped_reference_is_in_the_page() -> None:
    event = call("/app/%3Cb%3Eevil", accept=BROWSER, referer="https://evil.example")
    event["requestContext"]["requestId"] = "<i>"
    html = not_found.respond(event, "")["body"]
    assert "evil" not in html
    assert "<i>" not in html
    assert "&lt;i&gt;" in html

"""Files of the pages by their paths: headers, encodings, caching, and the settings in the pages."""

import gzip
import hashlib
import re
from base64 import b64decode, b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mid_job_feedback.http import static_files
from mid_job_feedback.http.static_files import Pages
from tests.template import ROOT

STYLE = "body { margin: 0 }"
HTML = f"<!doctype html><title>A page</title><style>{STYLE}</style>\n<!-- settings -->\n<h1>A page</h1>"
FILES = {
    "contract.html": HTML,
    "feedback.html": HTML.replace(STYLE, "body { margin: 1rem }"),
    "elements-ABCDEF23.js": "export const one = 1;",
    "de-ZYXWVU76.js": "export default {};",
    "elements.js": 'export * from "./elements-ABCDEF23.js";',
    "page-ABCDEF23.css": "h1 { margin: 0 }",
    "page.css": "h1 { margin: 0 }",
    "parts/one.js": "export const one = 1;",
    "icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "openapi.json": '{"openapi":"3.1.0"}',
    "__init__.py": "",
    "Makefile": "",
}
SOURCES = sorted((ROOT / "web/pages").glob("*.html"))
CONTRACT_URL = 'https://www.example.com/contracts/{contract_id}?a="<b>&c=1'
SIGN_IN_URL = "https://www.example.com/sign-in?next={return_url}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As web/build.py makes it: each file also gzipped."""
    folder = tmp_path_factory.mktemp("built")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content.encode(), mtime=0))
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Pages:
    return static_files.read(folder, {})


def get(site: Pages, path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    event = {
        "rawPath": f"/app/{path}",
        "rawQueryString": "",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "pathParameters": {"proxy": path},
        "requestContext": {"requestId": "reference-1", "http": {"method": method}},
    }
    return static_files.respond(site, event, "")


def text_of(response: dict[str, Any]) -> str:
    return b64decode(response["body"]).decode()


class Meta(HTMLParser):
    """The named `<meta>` elements of a page, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str | None, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            self.found.append((dict(attrs)["name"], dict(attrs)["content"]))


@pytest.mark.parametrize("page", ["contract", "feedback"])
def test_a_page_has_a_path_without_html(site: Pages, page: str) -> None:
    response = get(site, page)
    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "text/html; charset=utf-8"
    assert text_of(response) == FILES[f"{page}.html"]
    assert get(site, f"{page}.html")["statusCode"] == 404


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_without_javascript_a_page_says_in_two_languages_that_it_needs_it(source: Path) -> None:
    html = source.read_text()
    assert "This page needs JavaScript" in html
    assert "Diese Seite braucht JavaScript" in html


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("elements.js", "text/javascript; charset=utf-8"),
        ("parts/one.js", "text/javascript; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("openapi.json", "application/json"),
    ],
)
def test_assets_are_served_with_their_media_types_to_any_origin(site: Pages, path: str, content_type: str) -> None:
    headers = get(site, path)["headers"]
    assert headers["content-type"] == content_type
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("path", "cached"),
    [
        ("contract", "no-cache"),
        ("elements.js", "public, max-age=300"),
        ("page.css", "public, max-age=300"),
        ("icon.svg", "public, max-age=300"),
        ("openapi.json", "public, max-age=300"),
        ("elements-ABCDEF23.js", "public, max-age=31536000, immutable"),
        ("de-ZYXWVU76.js", "public, max-age=31536000, immutable"),
        ("page-ABCDEF23.css", "public, max-age=31536000, immutable"),
    ],
)
def test_what_has_the_hash_of_its_content_in_its_name_is_cached_for_ever(
    site: Pages, path: str, cached: str
) -> None:
    assert get(site, path)["headers"]["cache-control"] == cached


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing",
        "Makefile",
        "__init__.py",
        "feedback.html.gz",
        "../app.py",
        "..%2fapp.py",
        "parts/../feedback",
        "parts",
        "/etc/passwd",
        "feedback\x00",
        "Elements.js",
        "de-ABCDEF23.js",
    ],
)
def test_any_other_path_is_not_found(site: Pages, path: str) -> None:
    response = get(site, path)
    assert response["statusCode"] == 404
    assert response["headers"]["content-type"] == "application/problem+json"
    assert '"code": "not_found"' in response["body"]


def test_every_response_forbids_referrers_and_sniffing(site: Pages) -> None:
    for path in [*site, "nothing", "feedback/", "elements-OTHER234.js"]:
        headers = get(site, path)["headers"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_content_security_policy_allows_only_our_own_files_and_the_icon_in_the_page(site: Pages) -> None:
    policy = get(site, "feedback")["headers"]["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "img-src data:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("page", ["contract", "feedback"])
def test_the_content_security_policy_of_a_page_allows_its_own_style_and_no_other(site: Pages, page: str) -> None:
    [style] = re.findall("<style>(.*)</style>", FILES[f"{page}.html"])
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = get(site, page)["headers"]["content-security-policy"]
    assert f"style-src 'self' 'sha256-{digest}';" in policy


def test_a_page_may_have_several_styles(tmp_path: Path) -> None:
    html = "<style media='screen'>\nh1 { margin: 0 }\n</style><style></style>"
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "a.html.gz").write_bytes(b"")
    policy = static_files.read(tmp_path, {})["a"].headers["content-security-policy"]
    digests = [hashlib.sha256(style).digest() for style in (b"\nh1 { margin: 0 }\n", b"")]
    first, second = (f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    assert f"style-src 'self' {first} {second};" in policy


def test_only_a_browser_that_accepts_gzip_gets_it(site: Pages) -> None:
    plain = get(site, "page.css")
    gzipped = get(site, "page.css", accept_encoding="br, gzip;q=0.9")
    assert "content-encoding" not in plain["headers"]
    assert gzipped["headers"]["content-encoding"] == "gzip"
    assert gzip.decompress(b64decode(gzipped["body"])) == b64decode(plain["body"])
    assert plain["headers"]["vary"] == "accept-encoding"
    assert "content-encoding" not in get(site, "page.css", accept_encoding="br, gzip;q=0")["headers"]


def test_a_cached_file_is_not_sent_again(site: Pages) -> None:
    tag = get(site, "feedback")["headers"]["etag"]
    again = get(site, "feedback", if_none_match=f'"other", {tag}')
    assert again["statusCode"] == 304
    assert "body" not in again
    assert again["headers"]["etag"] == tag
    assert get(site, "contract", if_none_match=tag)["statusCode"] == 200


def test_head_responds_as_get_without_the_body(site: Pages) -> None:
    for path in ("feedback", "nothing", "feedback/"):
        head, got = get(site, path, "HEAD"), get(site, path)
        assert (head["statusCode"], head["headers"]) == (got["statusCode"], got["headers"])
        assert head["body"] == ""


# Settings


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_page_has_one_place_for_the_settings(source: Path) -> None:
    assert source.read_text().count("<!-- settings -->") == 1


def test_settings_reach_the_scripts_of_a_page_as_meta_elements(folder: Path, site: Pages) -> None:
    urls = {"CONTRACT_URL": CONTRACT_URL, "SIGN_IN_URL": SIGN_IN_URL}
    environment = {**urls, "STRUCTURED_DATA": "true", "OTHER": "x"}
    configured = static_files.read(folder, environment)
    html = text_of(get(configured, "contract"))
    assert Meta(html).found == [
        ("contract-url", CONTRACT_URL),
        ("sign-in-url", SIGN_IN_URL),
        ("structured-data", "true"),
    ]
    assert "<b>" not in html
    zipped = get(configured, "contract", accept_encoding="gzip")
    assert gzip.decompress(b64decode(zipped["body"])).decode() == html
    assert configured["contract"].tag != site["contract"].tag
    assert configured["elements.js"] == site["elements.js"]


@pytest.mark.parametrize("environment", [{}, {"CONTRACT_URL": "", "SIGN_IN_URL": ""}])
def test_a_setting_that_is_empty_leaves_nothing_in_a_page(folder: Path, environment: dict[str, str]) -> None:
    assert Meta(text_of(get(static_files.read(folder, environment), "contract"))).found == []
    configured = static_files.read(folder, environment | {"SIGN_IN_URL": SIGN_IN_URL})
    assert Meta(text_of(get(configured, "contract"))).found == [("sign-in-url", SIGN_IN_URL)]


@pytest.mark.parametrize(
    ("environment", "home"),
    [
        ({}, ""),
        ({"CONTRACT_URL": "", "SIGN_IN_URL": ""}, ""),
        (
            {"CONTRACT_URL": CONTRACT_URL, "SIGN_IN_URL": "https://id.example.com/{return_url}"},
            "https://www.example.com",
        ),
        ({"CONTRACT_URL": "", "SIGN_IN_URL": "https://id.example.com?to={return_url}"}, "https://id.example.com"),
        ({"SIGN_IN_URL": "http://localhost:3000/#/{return_url}"}, "http://localhost:3000"),
    ],
)
def test_the_marketplaces_own_site_is_known_from_the_settings(environment: dict[str, str], home: str) -> None:
    assert static_files.home(environment) == home

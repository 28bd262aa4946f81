import gzip
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from mid_job_feedback.http import static_files
from mid_job_feedback.http.static_files import Pages
from tests.web.page_server import build_pages_layer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return static_files.read(build_pages_layer(tmp_path_factory.mktemp("layer")) / "mid_job_feedback_pages")


def get(site: Pages, path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    event = {
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "pathParameters": {"proxy": path},
        "requestContext": {"requestId": "reference-1", "http": {"method": method}},
    }
    return static_files.respond(site, event)


def imports(site: Pages, module: str) -> set[str]:
    """All modules that `module` imports, directly or indirectly."""
    direct = re.findall(r'(?:from|^import) "\./(.+?)"', site[module].plain.decode(), re.MULTILINE)
    return set(direct).union(*(imports(site, name) for name in direct))


@pytest.mark.parametrize("page", ["contract", "feedback", "freelancer"])
def test_the_three_pages_have_paths_without_html(site: Pages, page: str) -> None:
    response = get(site, page)
    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "text/html; charset=utf-8"
    assert b64decode(response["body"]).startswith(b"<!doctype html>")
    assert get(site, f"{page}.html")["statusCode"] == 404


@pytest.mark.parametrize("page", ["contract", "feedback", "freelancer"])
def test_without_javascript_a_page_says_in_both_languages_that_it_needs_it(site: Pages, page: str) -> None:
    html = b64decode(get(site, page)["body"]).decode()
    assert "This page needs JavaScript" in html
    assert "Diese Seite braucht JavaScript" in html


@pytest.mark.parametrize("page", ["contract", "feedback", "freelancer"])
def test_a_page_preloads_every_module_that_it_imports(site: Pages, page: str) -> None:
    text = b64decode(get(site, page)["body"]).decode()
    named = re.findall(r'rel="modulepreload" href="(.+?)"', text)
    assert named == sorted(imports(site, f"{page}-page.js"))


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("feedback-form.js", "text/javascript; charset=utf-8"),
        ("wording/de.js", "text/javascript; charset=utf-8"),
        ("elements.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_assets_are_served_with_their_media_types_to_any_origin(site: Pages, path: str, content_type: str) -> None:
    headers = get(site, path)["headers"]
    assert headers["content-type"] == content_type
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "public, max-age=300"


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
        "wording/../feedback",
        "wording",
        "/etc/passwd",
        "feedback\x00",
    ],
)
def test_any_other_path_is_not_found(site: Pages, path: str) -> None:
    response = get(site, path)
    assert response["statusCode"] == 404
    assert response["headers"]["content-type"] == "application/problem+json"
    assert '"code": "not_found"' in response["body"]


def test_every_response_forbids_referrers_and_sniffing(site: Pages) -> None:
    for path in [*site, "nothing"]:
        headers = get(site, path)["headers"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_content_security_policy_allows_only_our_own_files(site: Pages) -> None:
    policy = get(site, "feedback")["headers"]["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_only_a_browser_that_accepts_gzip_gets_it(site: Pages) -> None:
    plain = get(site, "elements.css")
    gzipped = get(site, "elements.css", accept_encoding="br, gzip;q=0.9")
    assert "content-encoding" not in plain["headers"]
    assert gzipped["headers"]["content-encoding"] == "gzip"
    assert gzip.decompress(b64decode(gzipped["body"])) == b64decode(plain["body"])
    assert plain["headers"]["vary"] == "accept-encoding"
    assert "content-encoding" not in get(site, "elements.css", accept_encoding="br, gzip;q=0")["headers"]


def test_a_cached_file_is_not_sent_again(site: Pages) -> None:
    tag = get(site, "feedback")["headers"]["etag"]
    again = get(site, "feedback", if_none_match=f'"other", {tag}')
    assert again["statusCode"] == 304
    assert "body" not in again
    assert again["headers"]["etag"] == tag
    assert get(site, "contract", if_none_match=tag)["statusCode"] == 200


def test_head_responds_as_get_without_the_body(site: Pages) -> None:
    head, got = get(site, "feedback", "HEAD"), get(site, "feedback")
    assert (head["statusCode"], head["headers"]) == (200, got["headers"])
    assert head["body"] == ""


def test_the_same_source_builds_the_same_layer(tmp_path: Path) -> None:
    first, second = build_pages_layer(tmp_path / "first"), build_pages_layer(tmp_path / "second")
    for file in first.rglob("*.gz"):
        assert file.read_bytes() == (second / file.relative_to(first)).read_bytes()

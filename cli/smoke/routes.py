"""Whether every route and every page answers a call without sign-in as it should."""

import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

import httpx

from cli.smoke.check import Check, answer
from mid_job_feedback.domain.models import Ratings

DOCUMENT: Final = resources.files("cli.smoke") / "openapi.json"
"""A link to docs/openapi.json; the installed tool has a copy of it."""

type Route = tuple[str, str]  # method and path

REFUSED: Final = {"jwt": "401", "iam": "403"}
"""What API Gateway answers to a call without credentials, by the route's security scheme."""
PUBLIC: Final[dict[Route, str]] = {
    ("GET", "/freelancers/{freelancer_id}/work-history"): "200",
    ("HEAD", "/freelancers/{freelancer_id}/work-history"): "200",
    ("GET", "/freelancers/{freelancer_id}/feedback-summary"): "200",
    ("HEAD", "/freelancers/{freelancer_id}/feedback-summary"): "200",
    ("GET", "/feedback-links/{token}"): "404 link_invalid",
    ("HEAD", "/feedback-links/{token}"): "404",
    ("POST", "/feedback-links/{token}"): "404 link_invalid",
    ("PUT", "/feedback-links/{token}"): "404 link_invalid",
    ("POST", "/feedback-links/{token}/decline"): "404 link_invalid",
    ("GET", "/email-preferences/{token}"): "404 link_invalid",
    ("HEAD", "/email-preferences/{token}"): "404",
    ("POST", "/email-preferences/{token}"): "404 link_invalid",
}
"""What routes without sign-in answer about a freelancer and a link that do not exist."""
RATINGS: Final = dict.fromkeys(Ratings.model_fields, 5)
BODIES: Final = {
    "/email-preferences/{token}": {"feedback_requests": "subscribed"},
    "/feedback-links/{token}/decline": {"further_requests": "allowed"},
}
"""What a POST or PUT sends, by the path of the route, if it is no feedback."""
UNKNOWN: Final = ("GET", "/smoke")
PAGES: Final = ("contract", "email-preferences", "feedback", "freelancer", "inbox")
ABOUT_THE_API: Final = ("api", "openapi.json")
"""The page about the API, which has no script, and the document that it shows."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"


def checks(api: httpx.Client) -> Iterator[Check]:
    """Calls every route and every page without a token. `api` has the base URL of the API."""
    for (method, path), expected in expected_answers().items():
        address = re.sub(r"\{\w+\}", "smoke", path)
        body = BODIES.get(path, {"ratings": RATINGS}) if method in {"POST", "PUT"} else None
        yield Check(f"{method} {path}", expected, answer(api.request(method, address, json=body)))
    for page in PAGES:
        html = api.get(f"/app/{page}")
        yield Check(f"GET /app/{page}", "200", answer(html))
        script = re.search(r'<script type="module" src="([\w.-]+)"', html.text)
        headers = (api.get(f"/app/{script[1]}") if script else html).headers
        yield Check(f"the script of /app/{page}", IMMUTABLE, headers.get("cache-control", "not cached"))
    for file in ABOUT_THE_API:
        yield Check(f"GET /app/{file}", "200", answer(api.get(f"/app/{file}")))


def expected_answers() -> dict[Route, str]:
    """By route: the API's, as its OpenAPI document lists them, and one that does not exist."""
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    expected = {UNKNOWN: "404 not_found"}
    for path, operations in paths.items():
        for method, operation in operations.items():
            route = (method.upper(), path)
            schemes = [name for scheme in operation["security"] for name in scheme]
            expected[route] = REFUSED[schemes[0]] if schemes else PUBLIC[route]
    return expected

"""All texts are in web/elements/wording/: the same in each language, one for every code that the API sends."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from mid_job_feedback.domain.eligibility import ReasonCode
from mid_job_feedback.domain.models import FeedbackKind, Ratings, RequestStatus, Role
from mid_job_feedback.domain.refusals import Refusal
from tests.template import ROOT
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import CLIENT_ROOM, LINK, given_open_request, given_three_reasons

WORDING = ROOT / "web/elements/wording"
LANGUAGES = sorted(path.stem for path in WORDING.glob("*.js"))
MODULES = [path for folder in ("elements", "pages") for path in (ROOT / "web" / folder).glob("*.js")]

# web/elements/api.js turns these into "too_large" and "busy".
RENAMED = {"body_too_large", "temporarily_unavailable", "idempotency_key_in_progress"}
# The pages never cause these. If they did, it would be shown as an unknown refusal.
NOT_CAUSED = {"not_json", "idempotency_key_reused"}


@pytest.fixture
def wordings(new_context: Callable[..., BrowserContext]) -> dict[str, dict[str, Any]]:
    """The texts by language, then by key."""
    page = new_context().new_page()
    load = "source => import(`data:text/javascript;base64,${source}`).then(({ default: wording }) => wording)"
    sources = {language: (WORDING / f"{language}.js").read_bytes() for language in LANGUAGES}
    return {
        language: page.evaluate(load, base64.b64encode(source).decode()) for language, source in sources.items()
    }


def placeholders(entry: Any) -> list[set[str]]:
    forms = entry.values() if isinstance(entry, dict) else [entry]
    return [set(re.findall(r"\{(\w+)\}", form)) for form in forms]


def refusal_codes(kind: type[Refusal] = Refusal) -> Iterator[str]:
    if "code" in vars(kind):
        yield kind.code
    for subclass in kind.__subclasses__():
        yield from refusal_codes(subclass)


def keys_of_codes() -> Iterator[str]:
    """The key of the text for every code that the API may send."""
    closed = set(RequestStatus) - {RequestStatus.PENDING}
    yield from (f"{family}_{status}" for status in closed for family in ("outcome", "closed"))
    yield from (f"kind_{kind}" for kind in FeedbackKind)
    yield from (f"category_{category}" for category in Ratings.model_fields)
    yield from (f"reason_{code}" for code in ReasonCode)
    yield from (f"open_request_{role}" for role in Role)
    yield from ("status_active", "status_ended")
    for code in {*refusal_codes()} - RENAMED - NOT_CAUSED:
        yield from (f"problem_{code}", f"problem_{code}_text")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_placeholders(
    wordings: dict[str, dict[str, Any]], language: str
) -> None:
    assert wordings[language].keys() == wordings["en"].keys()
    for key, entry in wordings["en"].items():
        assert placeholders(entry) == placeholders(wordings[language][key]), key


def test_the_browser_may_choose_every_language_there_is() -> None:
    source = (ROOT / "web/elements/wording.js").read_text()
    assert sorted(re.findall(r'"\./wording/(\w+)\.js"', source)) == LANGUAGES


def test_no_key_is_defined_twice() -> None:
    for language in LANGUAGES:
        keys = re.findall(r"^  (\w+):", (WORDING / f"{language}.js").read_text(), re.MULTILINE)
        assert len(keys) == len(set(keys))


def test_every_text_is_used(wordings: dict[str, dict[str, Any]]) -> None:
    """By its key in quotes, or by a key put together from parts: `reason_${code}`, codeText("kind", …)."""
    code = "".join(path.read_text() for path in MODULES)
    parts = re.findall(r"`(\w*)\$\{[^}]+\}(\w*)`", code)
    patterns = [re.compile(rf"{start}\w+{end}") for start, end in parts if start or end]
    patterns += [re.compile(rf"{family}_\w+") for family in re.findall(r'codeText\("(\w+)"', code)]
    for key in wordings["en"]:
        assert f'"{key}"' in code or any(pattern.fullmatch(key) for pattern in patterns), key


def test_every_text_that_is_used_exists(wordings: dict[str, dict[str, Any]]) -> None:
    for path in MODULES:
        for key in re.findall(r'\bsay(?:Text)?\("(\w+)"', path.read_text()):
            assert key in wordings["en"], f"{key} in {path.name}"


def test_every_code_of_the_api_has_a_text(wordings: dict[str, dict[str, Any]]) -> None:
    assert {*keys_of_codes()} - wordings["en"].keys() == set()


@pytest.mark.parametrize(("locale", "title"), [("de-AT", "Feedback geben"), ("fr-FR", "Give feedback")])
def test_the_browser_chooses_the_language(open_page: OpenPage, api: FakeApi, locale: str, title: str) -> None:
    given_open_request(api)
    page = open_page(LINK, locale=locale)
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page).to_have_title(title)
    assert page.evaluate("document.documentElement.lang") == {"de-AT": "de", "fr-FR": "en"}[locale]


def test_german_pages_have_german_dates(open_page: OpenPage, api: FakeApi) -> None:
    given_three_reasons(api)
    page = open_page(CLIENT_ROOM, locale="de-DE")
    expect(page.get_by_text("Dieser Vertrag läuft noch nicht lange genug.")).to_contain_text(
        "Bitte warten Sie bis zum 3. Juli 2026 um 14:00 MESZ (in 18 Tagen)."
    )

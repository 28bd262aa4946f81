"""All wording is in one place, and complete in both languages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.template import ROOT
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import CLIENT_ROOM, LINK, given_open_request, given_three_reasons

WEB = ROOT / "web"
LANGUAGES = ("en", "de")


@pytest.fixture
def wordings(new_context: Callable[..., BrowserContext], stack_url: str) -> dict[str, dict[str, Any]]:
    page = new_context().new_page()
    page.goto(f"{stack_url}/app/icon.svg")
    load = "address => import(address).then(({ default: wording }) => wording)"
    return {language: page.evaluate(load, f"{stack_url}/app/wording/{language}.js") for language in LANGUAGES}


def placeholders(entry: Any) -> list[set[str]]:
    forms = entry.values() if isinstance(entry, dict) else [entry]
    return [set(re.findall(r"\{(\w+)\}", form)) for form in forms]


def test_both_languages_say_the_same_things_with_the_same_values(wordings: dict[str, dict[str, Any]]) -> None:
    english, german = wordings["en"], wordings["de"]
    assert english.keys() == german.keys()
    for key, entry in english.items():
        assert placeholders(entry) == placeholders(german[key]), key


def test_no_sentence_is_defined_twice() -> None:
    for language in LANGUAGES:
        keys = re.findall(r"^  (\w+):", (WEB / "wording" / f"{language}.js").read_text(), re.MULTILINE)
        assert len(keys) == len(set(keys))


def test_every_sentence_is_used(wordings: dict[str, dict[str, Any]]) -> None:
    """By its name, or as one of a family: `reason_…`, `…_text` after a problem's code, and so on."""
    code = "".join(path.read_text() for path in WEB.glob("*.js"))
    families = re.findall(r"`(\w*)\$\{[^}]+\}(\w*)`", code)
    patterns = [re.compile(rf"{start}\w+{end}") for start, end in families if start or end]
    problems = {key.removesuffix("_text") for key in wordings["en"] if key.endswith("_text")}
    for key in wordings["en"]:
        named = f'"{key}"' in code or re.search(rf"\b{key}:", code)
        assert named or key in problems or any(pattern.fullmatch(key) for pattern in patterns), key


def test_every_sentence_that_is_used_exists(wordings: dict[str, dict[str, Any]]) -> None:
    for path in WEB.glob("*.js"):
        for key in re.findall(r'\bsay(?:Text)?\("(\w+)"', path.read_text()):
            assert key in wordings["en"], f"{key} in {path.name}"


@pytest.mark.parametrize(("locale", "title"), [("de-AT", "Feedback geben"), ("fr-FR", "Give feedback")])
def test_the_browser_chooses_the_language(open_page: OpenPage, api: FakeApi, locale: str, title: str) -> None:
    given_open_request(api)
    page = open_page(LINK, locale=locale)
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page).to_have_title(title)
    assert page.evaluate("document.documentElement.lang") == {"de-AT": "de", "fr-FR": "en"}[locale]


def test_german_is_german_to_the_dates(open_page: OpenPage, api: FakeApi) -> None:
    given_three_reasons(api)
    page = open_page(CLIENT_ROOM, locale="de-DE")
    expect(page.get_by_text("Dieser Vertrag läuft noch nicht lange genug.")).to_contain_text(
        "Das ändert sich am 3. Juli 2026 um 14:00 MESZ (in 18 Tagen)."
    )

"""The browser itself: the same language and the same letters on every machine."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from local.programs import chromium as program
from local.programs.program import THIS_MACHINE
from tests.web.browser import launch

DRAWN = """
(text) => {
    const draw = (text) => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.font = "40px system-ui, sans-serif";
        canvas.fillText(text, 10, 60);
        return canvas.getImageData(0, 0, 300, 150).data.join();
    };
    return draw(text) !== draw("") && draw(text) !== draw("\\u0378");
}
"""
"""Whether something is drawn that is not the sign for a character that no font has: U+0378 is not assigned."""


def test_it_speaks_english_in_a_shell_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANG", "LANGUAGE", "LC_ALL"):
        monkeypatch.setenv(name, "C")
    browser = launch()
    languages = browser.new_page().evaluate("[navigator.language, Intl.DateTimeFormat().resolvedOptions().locale]")
    browser.close()
    assert languages == ["en-US"] * 2


@pytest.mark.parametrize("character", [*"gßжΩשע李语の한★⋯🙂👍"])
def test_it_has_letters_for_what_people_write(kept_context: Callable[..., BrowserContext], character: str) -> None:
    assert kept_context().new_page().evaluate(DRAWN, character)


@pytest.mark.parametrize("family", ["system-ui", "sans-serif"])
def test_latin_text_is_drawn_in_one_family_whatever_its_weight(
    kept_context: Callable[..., BrowserContext], family: str
) -> None:
    """Where fontconfig has no rule for a family, it takes any font of that weight, such as a Japanese one."""
    page = kept_context().new_page()
    weights = (400, 600, 700)
    page.set_content("".join(f"<p style='font: {weight} 1rem {family}'>can’t</p>" for weight in weights))
    protocol = page.context.new_cdp_session(page)
    protocol.send("DOM.enable")
    protocol.send("CSS.enable")
    root = protocol.send("DOM.getDocument")["root"]["nodeId"]
    nodes = protocol.send("DOM.querySelectorAll", {"nodeId": root, "selector": "p"})["nodeIds"]
    drawn = [protocol.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in nodes]
    assert [len(fonts) for fonts in drawn] == [1] * len(weights)
    assert len({fonts[0]["familyName"].removesuffix(" SemiBold") for fonts in drawn}) == 1


def test_it_has_no_letter_for_what_is_no_character(kept_context: Callable[..., BrowserContext]) -> None:
    assert not kept_context().new_page().evaluate(DRAWN, "\u0379")


def test_playwright_says_where_its_own_download_would_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    [place] = program._downloaded_by_playwright(THIS_MACHINE)
    assert place.is_relative_to(tmp_path)

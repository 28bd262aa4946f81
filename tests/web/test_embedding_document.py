"""docs/embedding.md: its code works where it is copied to, and its tables name what the elements have."""

import re
from collections import defaultdict
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from local import npm_package
from mid_job_feedback.domain.models import FeedbackKind
from tests.builders import a_feedback
from tests.template import ROOT
from tests.web.conftest import POLICY, Embed
from tests.web.fake_api import FakeApi, a_summary
from tests.web.page_states import fill_in_and_publish, given_earlier_feedback, given_two_pages_of_history
from web.build import OLDEST_BROWSERS

DOCUMENT = (ROOT / "docs/embedding.md").read_text()
ELEMENTS = ROOT / "web/elements"
SCRIPTS = "\n".join(path.read_text() for path in ELEMENTS.glob("*.js"))
STYLE = (ELEMENTS / "elements.css").read_text()


def sections() -> dict[str, dict[str, list[str]]]:
    """The code blocks by the heading above them, then by language."""
    found: dict[str, dict[str, list[str]]] = {}
    for part in re.split(r"^#+ (?=[A-Z])", DOCUMENT, flags=re.MULTILINE)[1:]:
        blocks = defaultdict[str, list[str]](list)
        for language, block in re.findall(r"^```(\w*)\n(.*?)^```", part, re.DOTALL | re.MULTILINE):
            blocks[language].append(block)
        if blocks:
            found[part.partition("\n")[0]] = blocks
    return found


def names(section: str, column: int = 0) -> list[str]:
    """What the tables of a section name in one of their columns."""
    text = re.split(rf"^#+ {section}$", DOCUMENT, flags=re.MULTILINE)[1]
    rows = re.findall(r"^\|(.+)\|$", re.split(r"^#", text, flags=re.MULTILINE)[0], re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([\w-]+)`", row.split("|")[column])]


# Code


def shows_the_contract_room(page: Page) -> None:
    expect(page.get_by_role("article")).to_have_count(2)


def tells_of_the_feedback(page: Page) -> None:
    fill_in_and_publish(page)
    expect(page.get_by_text("You gave 4 of 5.")).to_be_visible()


def offers_to_sign_in(page: Page) -> None:
    link = page.get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", "/sign-in?next=https%3A%2F%2Fmarketplace.example.com%2F")


def is_dressed(page: Page) -> None:
    button = page.get_by_role("button", name="Give feedback")
    expect(button).to_have_css("background-color", "rgb(109, 40, 217)")
    expect(page.locator("[part=action]")).to_have_css("border-radius", "0px")
    expect(page.get_by_role("tablist")).to_be_hidden()
    page.emulate_media(color_scheme="dark")
    expect(button).to_have_css("background-color", "rgb(196, 181, 253)")
    expect(button).to_have_css("color", "rgb(30, 16, 51)")


def speaks_german_and_french(page: Page) -> None:
    expect(page.get_by_role("button", name="Weitere Verträge")).to_be_visible()
    expect(page.get_by_role("button", name="Afficher plus")).to_be_visible()
    expect(page.get_by_text("1 contrat affiché.")).to_be_visible()


IN_A_PAGE: dict[str, Callable[[Page], None]] = {
    "Start": shows_the_contract_room,
    "Attributes, properties and events": tells_of_the_feedback,
    "People who are not signed in": offers_to_sign_in,
    "Parts": is_dressed,
    "Languages and texts": speaks_german_and_french,
}


@pytest.mark.parametrize("section", IN_A_PAGE)
def test_code_that_somebody_copies_into_a_page_works_there(
    embed_copied: Embed, api: FakeApi, section: str
) -> None:
    given_earlier_feedback(api)
    given_two_pages_of_history(api)
    files = {language: "".join(blocks) for language, blocks in sections()[section].items()}
    IN_A_PAGE[section](embed_copied(files))


def test_the_policy_is_the_one_of_the_pages_in_these_tests() -> None:
    [policy] = sections()["Start"][""]
    assert POLICY.endswith(f" {policy.strip()}")


def test_structured_data_are_as_in_the_document_and_only_there_if_wanted(embed: Embed, api: FakeApi) -> None:
    [documented] = sections()["Structured data"]["html"]
    ended = [a_feedback(kind=FeedbackKind.END_OF_CONTRACT)] * 12
    api.summary = a_summary(*ended, a_feedback(), name="Ana Ruiz")
    page = embed("feedback-summary.js", '<feedback-summary freelancer-id="u-freelancer" structured-data>')
    expect(page.get_by_role("heading", name="Ana Ruiz")).to_be_visible()
    expect(page.get_by_text("Based on 12 feedback entries")).to_be_visible()
    described = page.locator("feedback-summary > [itemscope]")
    html = described.evaluate("element => element.outerHTML").replace('=""', "")
    assert html == re.sub(r"\n *", "", documented)
    api.summary = a_summary(*ended, name="Kim Chau")
    page.evaluate("document.querySelector('feedback-summary').setAttribute('freelancer-id', 'u-other')")
    expect(described.locator("[itemprop=name]").first).to_have_attribute("content", "Kim Chau")
    expect(described).to_have_count(1)
    page.evaluate("document.querySelector('feedback-summary').removeAttribute('structured-data')")
    expect(described).to_have_count(0)
    api.summary = a_summary(a_feedback(), name="Ana Ruiz")
    page.evaluate("document.querySelector('feedback-summary').setAttribute('structured-data', '')")
    expect(page.get_by_text("None yet.")).to_be_visible()
    expect(described).to_have_count(0)


def test_npm_installs_the_file_that_make_package_writes() -> None:
    [command] = sections()["The npm package"]["sh"]
    assert command == f"npm install ./mid-job-feedback-elements-{npm_package.version()}.tgz\n"


def test_there_is_no_code_that_is_not_tested() -> None:
    """Of React and Vue in `test_frameworks.py`, with that of the package."""
    in_pages = {section: {"html", "js", "css"} for section in IN_A_PAGE}
    in_apps = {"React 19": {"tsx"}, "Vue 3": {"vue"}, "Server-side rendering": {"tsx"}}
    elsewhere = {"Start": {""}, "The npm package": {"sh", "ts"}, "Structured data": {"html"}, **in_apps}
    for section, blocks in sections().items():
        assert blocks.keys() <= in_pages.get(section, set()) | elsewhere.get(section, set()), section


# Tables


def test_it_names_every_attribute_property_and_event() -> None:
    section = "Attributes, properties and events"
    attributes = set(re.findall(r'(?:get|has)Attribute\("([\w-]+)"\)', SCRIPTS)) - {"aria-controls"} | {"lang"}
    properties = {
        name for listed in re.findall(r"static properties = \[(.+)\]", SCRIPTS) for name in _quoted(listed)
    }
    events = set(re.findall(r'\.emit\("([\w-]+)"', SCRIPTS))
    assert sorted(names(section)) == sorted(attributes | properties | events)


def _quoted(text: str) -> list[str]:
    return re.findall(r'"(\w+)"', text)


def test_it_names_every_custom_property_with_its_colours() -> None:
    rows = re.findall(
        r"^\| `(--feedback-[\w-]+)` \| [^|]+ \| `([^`]+)` \|(?: `([^`]+)`)? ?\|", DOCUMENT, re.MULTILINE
    )
    colors = re.findall(r"var\((--feedback-[\w-]+), light-dark\((#\w+), (#\w+)\)\)", STYLE)
    assert [row for row in rows if row[2]] == colors
    assert [name for name, *_ in rows] == list(dict.fromkeys(re.findall(r"var\((--feedback-[\w-]+)", STYLE)))


def test_it_names_every_part() -> None:
    parts = {part for value in re.findall(r'part: ["`]([^"`]+)', SCRIPTS) for part in value.split()}
    variants = {"primary", "plain", "good", "danger"}
    assert sorted(names("Parts", 1)) == sorted(
        {part for part in parts if part.isascii() and "$" not in part} | variants
    )


def test_it_names_every_language() -> None:
    [named] = re.findall(r"The elements have texts in (.+?)\. ", DOCUMENT, re.DOTALL)
    assert re.findall(r"\(`(\w+)`\)", named) == ["en", "de", "es", "ar"]
    assert {"en", "de", "es", "ar"} == {path.stem for path in (ELEMENTS / "wording").glob("*.js")}


def test_what_people_see_and_what_the_console_says_are_quoted_as_they_are() -> None:
    troubles = DOCUMENT.partition("\n## Troubleshooting\n")[2]
    quoted = re.findall(r'"([^"]+)"', troubles)
    texts = (ELEMENTS / "wording/en.js").read_text() + SCRIPTS
    patterns = [re.escape(text).replace("the\\ property\\ token", ".+") for text in quoted]
    assert len(quoted) > 5
    assert [text for text, pattern in zip(quoted, patterns, strict=True) if not re.search(pattern, texts)] == []


def test_the_browsers_that_it_names_are_those_that_the_scripts_are_built_for() -> None:
    rows = re.findall(r"^\| ([\w ]+) \| ([\d.]+) \|", DOCUMENT.split("\n## Browsers\n")[1], re.MULTILINE)
    versions = {browser.replace("Safari on iOS", "iOS").lower() + version for browser, version in rows}
    assert versions == set(OLDEST_BROWSERS)
    [in_package] = re.findall(
        r"^Supported browsers: (.+), and", (ROOT / "web/package/README.md").read_text(), re.MULTILINE
    )
    assert {
        text.replace("Chromium", "chrome").replace(" ", "").lower() for text in in_package.split(", ")
    } <= versions

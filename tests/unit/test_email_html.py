"""How e-mails are written: with what mail clients support, in few bytes, and the text part says the same.

tests/web/test_emails.py shows how they look.
"""

import re
from collections import defaultdict
from html.parser import HTMLParser
from typing import Final

import pytest

from mid_job_feedback.domain.wording import LANGUAGES
from tests.rendered_emails import (
    BRAND,
    LARGEST,
    LEFT_TO_RIGHT,
    LINK,
    PARAGRAPHS,
    PREFERENCES,
    RIGHT_TO_LEFT,
    ROOM,
    Rendered,
    rendered,
)

# What e-mails are made of, and why. According to caniemail's data of November 2026, all of it works in Apple Mail,
# Gmail, Outlook, Yahoo and Samsung Mail, unless a reason says what happens elsewhere. Look up what else
# you want to use.
ELEMENTS: Final = {
    **dict.fromkeys(("html", "head", "meta", "title", "body"), "the frame, which webmail removes"),
    "style": "dark colours and narrow screens only: some Gmail apps remove it",
    "table": "the layout; Outlook for Windows knows no other",
    **dict.fromkeys(("tr", "td"), "parts of a table"),
    "div": "carries language and direction, which Outlook removes from tables and cells",
    **dict.fromkeys(("h1", "p", "strong", "br"), "text"),
    "span": "carries the direction of a name; many clients remove bdi",
    "a": "links",
    "img": "the logo; if images are off, its alternative text is shown in the same style",
}
ATTRIBUTES: Final = {
    "lang": "how a screen reader speaks; GMX removes it",
    "dir": "isolates names; also the base of quotes and cells, which `direction` repeats",
    "role": "layout tables are no data for a screen reader",
    "aria-label": "of a star; Yahoo removes it, then the title is read",
    "title": "of a star",
    **dict.fromkeys(
        ("width", "height", "cellpadding", "cellspacing", "border", "align", "colspan"), "for Outlook"
    ),
    **dict.fromkeys(("class", "style", "href", "src", "alt"), "everywhere"),
    **dict.fromkeys(("charset", "name", "content"), "of meta"),
}
PROPERTIES: Final = {
    "table-layout": "fixed: long words wrap, and do not widen the table; Outlook for Windows ignores it",
    "word-wrap": "long words wrap; overflow-wrap is removed by Gmail and Outlook",
    "word-break": "the same for Outlook for Windows, which knows no word-wrap",
    "max-width": "of the card, 560 px; Outlook for Windows ignores it on tables and fills the window",
    "max-height": "of the logo, and of the hidden preheader",
    "direction": "for clients that remove dir",
    "text-align": "for clients that ignore align",
    **dict.fromkeys(("margin", "padding", "padding-left", "padding-right"), "distances"),
    **dict.fromkeys(("border", "border-left", "border-right"), "of the card, the button and quotes"),
    "border-radius": "Outlook for Windows shows corners",
    "background": "a colour",
    "color": "text",
    **dict.fromkeys(("font-family", "font-size", "font-weight", "line-height"), "text"),
    "text-decoration": "links",
    "display": "none for the preheader, block for stars and buttons; Outlook ignores it on links",
    **dict.fromkeys(("overflow", "opacity"), "hide the preheader where display does not"),
    **dict.fromkeys(("width", "height"), "auto, so that the logo keeps its shape"),
}
EMAILS: Final = 4  # different ones in each language
LATER: Final = {"border-color"}  # in the style sheet only, to change colours in the dark


class Used(HTMLParser):
    """The elements, attributes and properties of an HTML document, and its text by line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.properties: dict[str, set[str]] = defaultdict(set)
        self.newest = ""
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.newest = tag
        self.text += "\n" if tag == "br" else ""
        for name, value in attrs:
            self.attributes.add(name)
            if name == "style":
                for declaration in filter(None, (value or "").split(";")):
                    self.properties[declaration.partition(":")[0].strip()].add(
                        declaration.partition(":")[2].strip()
                    )

    def handle_endtag(self, tag: str) -> None:
        self.newest = ""
        self.text += "\n" if tag in {"p", "h1", "td", "div"} else ""

    def handle_data(self, data: str) -> None:
        if self.newest not in {"style", "title"}:
            self.text += data.replace("\n", " ")  # as clients show it that know no `white-space`


@pytest.fixture(scope="module")
def emails() -> list[Rendered]:
    """In every language, with and without a brand, about names of both directions."""
    with pytest.MonkeyPatch.context() as patch:
        return [
            *rendered(patch, LEFT_TO_RIGHT, brand=BRAND),
            *rendered(
                patch, RIGHT_TO_LEFT, written="مرحبًا\n" + "تعليق " * 400, brand={"MARKETPLACE_NAME": "سوق المثال"}
            ),
            *rendered(patch, brand={"MARKETPLACE_NAME": ""}),
        ]


def test_emails_are_made_of_what_mail_clients_support_and_the_list_has_nothing_else(
    emails: list[Rendered],
) -> None:
    used = [Used(email.html) for email in emails]
    assert set().union(*(one.elements for one in used)) == ELEMENTS.keys()
    assert set().union(*(one.attributes for one in used)) == ATTRIBUTES.keys()
    assert set().union(*(one.properties for one in used)) == PROPERTIES.keys()


def test_the_style_sheet_only_changes_colours_and_distances_of_what_stands_without_it(
    emails: list[Rendered],
) -> None:
    for email in emails:
        [sheet] = re.findall(r"<style>(.+?)</style>", email.html, re.DOTALL)
        assert set(re.findall(r"@(\w+ \([^)]+\))", sheet)) == {
            "media (prefers-color-scheme: dark)",
            "media (max-width: 480px)",
        }
        declared = re.findall(r"([\w-]+): [^;{}]+ !important;", sheet)
        assert declared
        assert set(declared) <= PROPERTIES.keys() | LATER
        assert sheet.count(";") == len(declared)


def test_what_a_person_wrote_keeps_its_lines_without_white_space(emails: list[Rendered]) -> None:
    for email in emails:
        assert "white-space" not in email.html
    for email in emails[: len(LANGUAGES) * EMAILS]:
        assert PARAGRAPHS in Used(email.html).text
        assert "\n".join(f"    {line}" if line else "" for line in PARAGRAPHS.splitlines()) in email.text


@pytest.mark.parametrize(
    "written", ['"' * 5000, "🙂" * 5000, "&\n" * 2500, "\n'" * 2500], ids=["quotes", "emoji", "amp", "lines"]
)
def test_no_email_is_larger_than_31_kb(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Both parts together, with the longest names, message and comment. Gmail hides what is beyond 102 KB."""
    for email in rendered(monkeypatch, LARGEST, written=written, brand=BRAND | {"POSTAL_ADDRESS": "&" * 300}):
        assert len(email.html.encode()) + len(email.text.encode()) < 31_000, email.name


def test_the_text_part_says_what_the_html_says(emails: list[Rendered]) -> None:
    """Every line that the HTML shows, but its stars, their ends and the hidden preheader; and every link."""
    for email in emails:
        hidden = re.sub(
            r'<div style="display:none.*?</div>|<td class="s(?:tar|oft)".*?</td>', "", email.html, flags=re.DOTALL
        )
        text = "".join(c for c in email.text if c not in "\u2068\u2069")
        # The links below the text stand in one line, with a dot between them.
        shown = [line.strip() for line in Used(hidden).text.replace("·", "\n").splitlines() if line.strip()]
        assert len(shown) >= 8
        assert [line for line in shown if line not in text] == []
        for address in set(re.findall(r'href="([^"]+)"', email.html)):
            assert address.replace("&amp;", "&") in email.text
        if "feedback_provided" in email.name:
            assert len(re.findall(r"(?m)^[^:\n]+: [45] \S+ \S+$", text)) == 6


def test_a_request_can_be_declined_and_e_mails_turned_off_in_both_parts(emails: list[Rendered]) -> None:
    """Declining is as easy to find as answering: a button of the same size follows the one that leads to the form.
    No link of an e-mail leads to the API: mail scanners open all of them.
    """
    for email in emails:
        buttons = re.findall(
            r'<a(?: class="ink")? href="([^"]+)" style="display:block;(padding[^"]+)"', email.html
        )
        assert PREFERENCES.one_click not in email.html + email.text
        if "feedback_provided" in email.name or "feedback_replied" in email.name:
            assert len(buttons) == 1
            assert PREFERENCES.page not in email.html + email.text
            continue
        assert [address for address, _ in buttons] == [LINK, f"{LINK}&amp;decline=1"]
        assert len({re.sub(r"color:#\w+;", "", style) for _, style in buttons}) == 1
        assert email.html.index(buttons[1][0]) < email.html.index(PREFERENCES.page)
        assert email.text.index(f"{LINK}\n") < email.text.index(f"{LINK}&decline=1\n")
        assert email.text.index("--\n") < email.text.index(f"{PREFERENCES.page}\n")


def test_all_links_are_those_of_the_message_and_the_brand(emails: list[Rendered]) -> None:
    ours = {
        LINK,
        f"{LINK}&amp;decline=1",
        PREFERENCES.page,
        ROOM,
        *(f"{LINK}&amp;rating={stars}" for stars in range(1, 6)),
    }
    theirs = {value for value in BRAND.values() if value.startswith("https:")}
    for email in emails:
        assert set(re.findall(r'(?:href|src)="([^"]+)"', email.html)) <= ours | theirs


@pytest.mark.parametrize(
    ("name", "direction"), [("Ana Ruiz", "ltr"), ("محمد", "rtl"), ("Ana (آنا)", "ltr"), ("…", "rtl")]
)
def test_a_name_in_a_sentence_has_its_own_direction(
    monkeypatch: pytest.MonkeyPatch, name: str, direction: str
) -> None:
    words = LEFT_TO_RIGHT | {"freelancer": name}
    requested, _, _, replied = rendered(monkeypatch, words, languages=("ar",))
    for email in (requested, replied):
        assert f'<span dir="{direction}">{name}</span>' in email.html

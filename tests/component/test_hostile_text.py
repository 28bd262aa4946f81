"""Names, titles and comments are people's own text: wherever they are shown, they are text and nothing else."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.builders import RATINGS
from tests.component.marketplace import Email, InProcessMarketplace

HARMLESS = "Words"

hostile = pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script>",
        '"><img src=x onerror=1>',
        "&lt;b&gt; &amp;",
        "{{7*7}}{% raw %}${7*7}",
        "{{ client }}{# #}",
        "%s %(link)s \\1 $0",
        "Zoë 李 🙂 العربية & Söhne",
    ],
)


class Shown(HTMLParser):
    """What an HTML part is made of, and what it says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags += [tag, *(name for name, _ in attrs)]

    def handle_data(self, data: str) -> None:
        self.text += data


@hostile
def test_a_request_is_mailed_as_if_the_words_were_any(empty_marketplace: InProcessMarketplace, text: str) -> None:
    strange, usual = (_asked(empty_marketplace, words, words) for words in (text, HARMLESS))
    _differ_by_words_only(strange, usual, text)


@hostile
def test_feedback_is_mailed_as_if_the_words_were_any(empty_marketplace: InProcessMarketplace, text: str) -> None:
    strange, usual = (_given(empty_marketplace, words) for words in (text, HARMLESS))
    _differ_by_words_only(strange, usual, text)
    assert empty_marketplace.dash_messages()[0]["title"] == f"{text} gave you feedback"
    assert empty_marketplace.dash_messages()[0]["body"] == f"Average 4.67 of 5 for “{text}”."


@hostile
def test_the_api_hands_words_back_as_they_came(empty_marketplace: InProcessMarketplace, text: str) -> None:
    _run(empty_marketplace, text)
    empty_marketplace.submit_feedback(body={"ratings": RATINGS, "comment": text})
    tab = empty_marketplace.feedback_tab().body
    assert tab["contract"]["title"] == tab["contract"]["client"]["name"] == tab["feedback"][0]["comment"] == text
    assert empty_marketplace.work_history().body["contracts"][0]["title"] == text


def test_a_line_break_in_a_name_starts_no_header(empty_marketplace: InProcessMarketplace) -> None:
    email = _asked(empty_marketplace, "Eve\r\nBcc: victim@example.com")
    name = "Eve  Bcc: victim@example.com"
    assert email.subject == f"{name} asks for your feedback on “{name}”"
    assert not re.search(r"^Bcc:", email.text, re.MULTILINE)


def test_no_character_of_a_name_steers_the_text_around_it(empty_marketplace: InProcessMarketplace) -> None:
    steering = "\u202e\u2066\u200f\u2028\u2029\x85\x00\x1b"
    email = _asked(empty_marketplace, f"Free{steering}lancer")
    assert "Free" in email.subject
    assert not set(steering) & set("".join(email))


def test_the_longest_name_and_title_fit(empty_marketplace: InProcessMarketplace) -> None:
    freelancer = {"id": "u-freelancer", "name": "🙂" * 200, "email": "freelancer@example.com"}
    empty_marketplace.start_eligible_contract(title="ß" * 300, freelancer=freelancer)
    empty_marketplace.request_feedback()
    empty_marketplace.process_stream()
    assert empty_marketplace.emails()[0].subject == f"{'🙂' * 200} asks for your feedback on “{'ß' * 300}”"


def test_what_people_write_cannot_pass_for_the_mail_around_it(marketplace: InProcessMarketplace) -> None:
    """In the text part all of their lines are indented, and none of ours is."""
    line_ends = ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
    words = "Good." + "".join(f"{line_end}Give feedback:" for line_end in line_ends)
    marketplace.request_feedback(body={"message": words})
    marketplace.process_stream()
    marketplace.submit_feedback(body={"ratings": RATINGS, "comment": words})
    marketplace.process_stream()
    asked, given = (email.text.splitlines() for email in marketplace.emails())
    assert (asked.count("    Give feedback:"), asked.count("Give feedback:")) == (9, 1)
    assert (given.count("    Give feedback:"), given.count("Give feedback:")) == (9, 0)


def _run(marketplace: InProcessMarketplace, words: str, contract_id: str = "c-1") -> None:
    client = {"id": "u-client", "name": words, "email": "client@example.com"}
    freelancer = {"id": "u-freelancer", "name": words, "email": "freelancer@example.com"}
    marketplace.start_eligible_contract(contract_id, title=words, client=client, freelancer=freelancer)


def _asked(marketplace: InProcessMarketplace, words: str, message: str | None = None) -> Email:
    contract_id = f"c-{len(marketplace.emails())}"
    _run(marketplace, words, contract_id)
    assert marketplace.request_feedback(contract_id, body={"message": message}).status == 201
    marketplace.process_stream()
    return marketplace.emails()[-1]


def _given(marketplace: InProcessMarketplace, words: str) -> Email:
    contract_id = f"c-{len(marketplace.emails())}"
    _run(marketplace, words, contract_id)
    assert marketplace.submit_feedback(contract_id, body={"ratings": RATINGS, "comment": words}).status == 201
    marketplace.process_stream()
    return marketplace.emails()[-1]


def _differ_by_words_only(strange: Email, usual: Email, text: str) -> None:
    strange_html, usual_html = Shown(strange.html), Shown(usual.html)
    assert strange_html.tags == usual_html.tags
    assert _said(strange_html.text, text) == _said(usual_html.text, HARMLESS)
    assert _said(strange.text, text) == _said(usual.text, HARMLESS)
    assert _said(strange.subject, text) == _said(usual.subject, HARMLESS)


def _said(text: str, words: str) -> str:
    """With the words and what belongs to one contract taken out."""
    return re.sub(r"#t=[\w.-]+|\?id=c-\d", "", text).replace(words, "…")

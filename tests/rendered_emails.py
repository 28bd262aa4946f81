"""E-mails as they are sent, about ordinary and about extreme words, in every language and with every brand."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from mid_job_feedback import settings
from mid_job_feedback.domain import announcements, emails, page_urls
from mid_job_feedback.domain.emails import Email
from mid_job_feedback.domain.models import Contract, Reply
from mid_job_feedback.domain.wording import LANGUAGES
from mid_job_feedback.messaging import email
from tests.builders import CLIENT, FREELANCER, NOW, a_contract, a_feedback, a_request
from tests.lambda_runtime import ENVIRONMENT

TOKEN = "t" * 300  # longer than tokens are
LINK = f"https://feedback.example.com/app/feedback#t={TOKEN}"
PREFERENCES = page_urls.preferences_urls("https://feedback.example.com", TOKEN)
LINKS = emails.RequestLinks(form=LINK, preferences=PREFERENCES)
ROOM = "https://feedback.example.com/app/contract?id=c-1"
PARAGRAPHS = "First, the good:\n\n- quick\n- reliable\n\nThe rest is here:\nhttps://www.example.com/" + "a" * 73
LEFT_TO_RIGHT = {"client": "Ben Okoye", "freelancer": "Ana Ruiz", "title": "Website relaunch (2nd phase)"}
RIGHT_TO_LEFT = {"client": "سارة محمود", "freelancer": "دانة كوهين 7", "title": "تصميم الموقع (المرحلة 2)"}
# Every name as long as it can be: without a blank, or of characters that take most bytes as HTML.
UNBROKEN = {"client": "B" * 200, "freelancer": "A" * 200, "title": "W" * 300}
LARGEST = {"client": '"' * 200, "freelancer": "'" * 200, "title": '"' * 300}
BRAND = {
    "MARKETPLACE_NAME": "Example Market",
    "LOGO_URL": "https://www.example.com/logo.png",
    "ACCENT_COLOR": "#ffde00",
    "POSTAL_ADDRESS": "Example GmbH, Hauptstraße 1, 10827 Berlin",
    "SUPPORT_URL": "https://www.example.com/help",
    "LEGAL_URL": "https://www.example.com/imprint",
}


class Rendered(NamedTuple):
    name: str
    subject: str
    text: str
    html: str


def rendered(
    patch: pytest.MonkeyPatch,
    words: Mapping[str, str] = LEFT_TO_RIGHT,
    *,
    written: str = PARAGRAPHS,
    languages: tuple[str, ...] = LANGUAGES,
    brand: Mapping[str, str] = MappingProxyType({}),
) -> list[Rendered]:
    """All e-mails in these languages. `written` is the message, the comment and the reply."""
    for name, value in {**ENVIRONMENT, **brand}.items():
        patch.setenv(name, value)
    settings.notify_settings.cache_clear()
    found = [_rendered(composed) for language in languages for composed in _composed(language, words, written)]
    settings.notify_settings.cache_clear()
    return found


def _composed(language: str, words: Mapping[str, str], written: str) -> Iterator[Email]:
    contract = _contract(language, words)
    request = a_request(message=written[:500])
    yield emails.feedback_requested(contract, request, LINKS, NOW)
    reminder = announcements.RequestReminder(contract=contract, request=request, reminded_at=NOW, now=NOW)
    yield emails.request_reminder(reminder, LINKS)
    yield emails.feedback_provided(contract, a_feedback(comment=written), ROOM)
    yield emails.feedback_replied(contract, "f-1", Reply(text=written[:2000], replied_at=NOW), ROOM)


def _contract(language: str, words: Mapping[str, str]) -> Contract:
    place: dict[str, Any] = {"locale": language, "time_zone": "America/Argentina/ComodRivadavia"}
    return a_contract(
        title=words["title"],
        client=CLIENT.model_copy(update={"name": words["client"], **place}),
        freelancer=FREELANCER.model_copy(update={"name": words["freelancer"], **place}),
    )


def _rendered(composed: Email) -> Rendered:
    name = f"{composed.template}-{composed.language}"
    return Rendered(name, composed.subject, email._text(composed), email._html(composed))

"""The texts of messages: the same in every language, dates as people write them, names of any direction inside."""

import re
import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from babel import Locale

import trim
from mid_job_feedback.domain import wording
from mid_job_feedback.domain.eligibility import ReasonCode
from mid_job_feedback.domain.models import Ground, ModerationState, Ratings, ReportTarget
from mid_job_feedback.domain.wording import LANGUAGES, direction_of, wording_for, wording_in
from tests.template import ROOT

type Texts = dict[str, str | dict[str, str]]

PACKAGE = ROOT / "layers/mid_job_feedback/mid_job_feedback"
PATTERNS = {"day", "minute"}  # of CLDR, without placeholders
DEADLINE = datetime(2026, 12, 9, 17, 37, 38, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def texts_of(language: str) -> Texts:
    return tomllib.loads((wording.TEXTS / f"{language}.toml").read_text(encoding="utf-8"))


def forms(text: str | dict[str, str]) -> dict[str, str]:
    return text if isinstance(text, dict) else {"other": text}


def placeholders(text: str) -> set[str]:
    assert text.count("{") == text.count("}") == len(re.findall(r"\{[a-z]+\}", text)), text
    return set(re.findall(r"\{([a-z]+)\}", text))


ENGLISH = texts_of("en")

every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
def test_every_language_has_the_same_texts_in_the_same_order(language: str) -> None:
    assert list(texts_of(language)) == list(ENGLISH)


def test_there_is_a_file_for_every_language_and_no_other() -> None:
    assert {path.name for path in wording.TEXTS.iterdir()} == {f"{language}.toml" for language in LANGUAGES}


@every_language
def test_texts_have_all_placeholders_and_all_plural_forms_of_their_language(language: str) -> None:
    """Words may stand for {count} in a form for a single number, such as the Arabic dual."""
    plural_form = Locale(language).plural_form
    numbers = [plural_form(number) for number in (*range(10_000), 1_000_000)]
    for key, text in texts_of(language).items():
        english = ENGLISH[key]
        assert isinstance(text, dict) is isinstance(english, dict), key
        wanted = placeholders(forms(english)["other"])
        if isinstance(text, dict):
            assert text.keys() == set(numbers), key
        for form, words in forms(text).items():
            in_words = {"count"} if isinstance(text, dict) and numbers.count(form) == 1 else set()
            assert words.strip(), key
            assert wanted - in_words <= placeholders(words) <= wanted, f"{key}, {form}"


@every_language
def test_texts_have_typographic_quotes_apostrophes_and_ellipses(language: str) -> None:
    typewritten = re.compile(r"['\"]|\.\.\." + ("|[,;?]" if language == "ar" else ""))
    for key, text in texts_of(language).items():
        if key not in PATTERNS:
            assert not typewritten.search(" ".join(forms(text).values())), key


@every_language
def test_texts_hold_no_characters_that_cannot_be_seen(language: str) -> None:
    """Isolates are added where a name needs them, by the code."""
    for text in texts_of(language).values():
        assert not {
            c for c in "".join(forms(text).values()) if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}
        }


def keys_of_codes() -> set[str]:
    """Keys that the code puts together."""
    decided = {f"{state}_{target}" for target in ReportTarget for state in get_args(ModerationState)}
    return {
        *(f"reason_{code}" for code in ReasonCode),
        *(f"category_{category}" for category in Ratings.model_fields),
        *(f"ground_{ground}" for ground in Ground),
        *(f"{done}_{target}_dash_title" for done in ("removed", "restored") for target in ReportTarget),
        *(f"report_{outcome}_dash_body" for outcome in (*decided, "taken_back_reply")),
    }


def test_every_text_is_used() -> None:
    code = [*PACKAGE.glob("domain/*.py"), *PACKAGE.glob("messaging/*.py"), *PACKAGE.glob("messaging/templates/*")]
    source = "".join(path.read_text(encoding="utf-8") for path in code)
    assert [
        key for key in ENGLISH if not re.search(rf"[\"']{key}[\"']", source) and key not in keys_of_codes()
    ] == []


def test_every_reason_category_ground_and_decision_has_a_text() -> None:
    assert keys_of_codes() <= ENGLISH.keys()


def test_every_text_that_a_template_names_exists() -> None:
    for path in PACKAGE.glob("messaging/templates/*"):
        for key in re.findall(r'say\("(\w+)"(?! ~)', path.read_text(encoding="utf-8")):
            assert key in ENGLISH, f"{key} in {path.name}"


def test_the_layer_has_the_locales_of_these_languages() -> None:
    assert {*LANGUAGES, "root"} == trim.LOCALES


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        (None, "en"),
        ("en-US", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("es-419", "es"),
        ("ar-EG", "ar"),
        ("ar-Latn", "ar"),
        ("fr", "en"),
        ("arz", "en"),
        ("x-private", "en"),
    ],
)
def test_texts_are_in_the_language_of_the_locale_else_in_english(locale: str | None, language: str) -> None:
    assert wording_for(locale).language == language


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("de", "ltr"), ("es", "ltr"), ("ar", "rtl")])
def test_a_language_has_its_direction(language: str, direction: str) -> None:
    assert wording_in(language).direction == direction


# Dates, numbers and plural forms


@pytest.mark.parametrize(
    ("language", "time_zone", "words"),
    [
        ("en", None, "Wednesday, 9 December 2026, 17:37 UTC"),
        ("en", "Europe/Berlin", "Wednesday, 9 December 2026, 18:37 CET"),
        ("en", "America/New_York", "Wednesday, 9 December 2026, 12:37 EST"),
        ("en", "Asia/Kathmandu", "Wednesday, 9 December 2026, 23:22 UTC+5:45"),
        ("en", "America/St_Johns", "Wednesday, 9 December 2026, 14:07 NST"),
        ("en", "Pacific/Marquesas", "Wednesday, 9 December 2026, 08:07 UTC-9:30"),
        ("en", "Pacific/Kiritimati", "Thursday, 10 December 2026, 07:37 UTC+14"),
        ("en", "Mars/Olympus_Mons", "Wednesday, 9 December 2026, 17:37 UTC"),  # no longer in the database
        ("de", "Europe/Berlin", "Mittwoch, 9. Dezember 2026, 18:37 Uhr MEZ"),
        ("es", "Europe/Madrid", "miércoles, 9 de diciembre de 2026, 18:37 CET"),
        ("ar", "Africa/Cairo", "الأربعاء، 9 ديسمبر 2026، 19:37 EET"),
    ],
)
def test_an_instant_is_a_day_and_a_minute_with_their_zone(
    language: str, time_zone: str | None, words: str
) -> None:
    assert wording_in(language).minute(DEADLINE, time_zone) == words


def test_the_hour_that_daylight_saving_repeats_is_told_apart_by_its_zone() -> None:
    english = wording_in("en")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert english.minute(first, "Europe/Berlin") == "Sunday, 25 October 2026, 02:30 CEST"
    assert english.minute(first + HOUR, "Europe/Berlin") == "Sunday, 25 October 2026, 02:30 CET"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2028, 2, 29, 23, 59, 0, tzinfo=UTC), "Tuesday, 29 February 2028, 23:59 UTC"),
        (datetime(2026, 12, 31, 23, 59, 0, 1, tzinfo=UTC), "Friday, 1 January 2027, 00:00 UTC"),
        (datetime(2026, 12, 31, 23, 58, 59, tzinfo=UTC), "Thursday, 31 December 2026, 23:59 UTC"),
    ],
)
def test_from_when_something_is_allowed_is_rounded_up_to_the_minute(instant: datetime, words: str) -> None:
    assert wording_in("en").next_minute(instant, None) == words


@pytest.mark.parametrize(
    ("language", "time", "words"),
    [
        ("en", 14 * DAY - MINUTE, "14 days left"),
        ("en", 2 * DAY, "2 days left"),
        ("en", 2 * DAY - timedelta(seconds=1), "48 hours left"),
        ("en", 2 * HOUR - timedelta(seconds=1), "120 minutes left"),
        ("en", MINUTE, "1 minute left"),
        ("en", timedelta(seconds=1), "1 minute left"),
        ("de", 2 * DAY, "noch 2 Tage"),
        ("es", 2 * MINUTE, "quedan 2 minutos"),
        ("ar", MINUTE, "المتبقي: دقيقة واحدة"),
        ("ar", 2 * DAY, "المتبقي: يومان"),
        ("ar", 3 * DAY, "المتبقي: 3 أيام"),
        ("ar", 11 * DAY, "المتبقي: 11 يومًا"),
        ("ar", 100 * DAY, "المتبقي: 100 يوم"),
        ("ar", 103 * DAY, "المتبقي: 103 أيام"),
    ],
)
def test_what_is_left_has_the_plural_form_of_its_number(language: str, time: timedelta, words: str) -> None:
    assert wording_in(language).left(time) == words


@pytest.mark.parametrize(("language", "words"), [("en", "4.60"), ("de", "4,60"), ("es", "4,60"), ("ar", "4.60")])
def test_a_score_has_the_decimal_separator_of_the_language(language: str, words: str) -> None:
    assert wording_in(language).number(Decimal("4.6")) == words


# Names of either direction


@pytest.mark.parametrize(
    ("language", "name", "heading"),
    [
        ("en", "Ana", "Ana asks for your feedback"),
        ("en", "Ana 2", "Ana 2 asks for your feedback"),
        ("en", "محمد", "\u2068محمد\u2069 asks for your feedback"),
        ("en", "Ana (آنا)", "\u2068Ana (آنا)\u2069 asks for your feedback"),
        ("ar", "محمد", "وصلك طلب تقييم من محمد"),
        ("ar", "Ana", "وصلك طلب تقييم من \u2068Ana\u2069"),
        ("ar", "محمد 2", "وصلك طلب تقييم من \u2068محمد 2\u2069"),
    ],
)
def test_a_name_that_could_change_the_order_of_a_sentence_is_isolated(
    language: str, name: str, heading: str
) -> None:
    assert wording_in(language).say("requested_heading", freelancer=name) == heading


@pytest.mark.parametrize(
    ("text", "direction"),
    [("Ana آنا", "ltr"), ("آنا Ana", "rtl"), ("דנה", "rtl"), ("1 (آنا)", "rtl"), ("…!", "ltr"), ("", "ltr")],
)
def test_text_has_the_direction_of_its_first_letter(text: str, direction: str) -> None:
    assert direction_of(text, "ltr") == direction


def test_braces_in_a_name_stay_braces() -> None:
    assert wording_in("en").say("requested_heading", freelancer="{title}").startswith("{title} asks")

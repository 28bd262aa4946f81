"""The texts of e-mails and Dash messages in the recipient's language, and dates, numbers and plural forms in it.

The texts are in `texts/`, one file for each language. Dates and plural forms follow CLDR (Babel), whose data
`layers/dependencies/trim.py` cuts down to these languages.
"""

import tomllib
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_datetime, get_timezone_name

type Direction = Literal["ltr", "rtl"]

TEXTS: Final = Path(__file__).parent / "texts"
LANGUAGES: Final = ("en", "de", "es", "ar")  # the first is for everybody whose language is none of these
PLACEHOLDERS_OF_PEOPLE: Final = frozenset({"client", "freelancer", "title", "marketplace"})
"""The placeholders whose values were written by people, in any script."""
_UNITS: Final = (
    ("days_left", timedelta(days=1)),
    ("hours_left", timedelta(hours=1)),
    ("minutes_left", timedelta(minutes=1)),
)
_MINUTE: Final = timedelta(minutes=1)
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
# Classes of characters (Unicode Standard Annex 9) whose order changes in a sentence of the other direction.
_DISTURBING: Final = {"ltr": {"R", "AL", "AN"}, "rtl": {"L", "EN", "ES", "ET"}}


class Wording:
    """The texts of one language, as `texts/<language>.toml` has them."""

    def __init__(self, language: str) -> None:
        self.language: Final = language
        self.texts: Final[dict[str, Any]] = tomllib.loads((TEXTS / f"{language}.toml").read_text(encoding="utf-8"))
        self._locale = Locale(language)
        self.direction: Final[Direction] = "rtl" if self._locale.text_direction == "rtl" else "ltr"

    def say(self, key: str, **values: str) -> str:
        """A text with its placeholders replaced. Names of the other direction do not change the order of words."""
        return str(self.texts[key]).format_map(
            {name: self._isolated(name, value) for name, value in values.items()}
        )

    def day(self, instant: datetime, time_zone: str | None) -> str:
        """Such as "9 December 2026"."""
        return self._formatted("day", instant.astimezone(_zone(time_zone)))

    def minute(self, instant: datetime, time_zone: str | None) -> str:
        """The minute in which the instant lies, such as "Wednesday, 9 December 2026, 18:37 CET"."""
        local = instant.astimezone(_zone(time_zone))
        return f"{self._formatted('minute', local)} {self._zone_name(local)}"

    def next_minute(self, instant: datetime, time_zone: str | None) -> str:
        """The first minute that begins at the instant or later: what is allowed from then on is allowed in it."""
        begun = instant.replace(second=0, microsecond=0)
        return self.minute(begun if begun == instant else begun + _MINUTE, time_zone)

    def left(self, time: timedelta) -> str:
        """Such as "13 days left". In hours or minutes if fewer than two of the larger unit are left; rounded."""
        key, unit = next((each for each in _UNITS if time >= 2 * each[1]), _UNITS[-1])
        count = max(1, (time + unit / 2) // unit)
        return str(self.texts[key][self._locale.plural_form(count)]).format(count=count)

    def number(self, number: Decimal) -> str:
        """With two decimal places, such as "4.67" or "4,67". To import `babel.numbers` would slow cold starts."""
        return f"{number:.2f}".replace(".", self._locale.number_symbols["latn"]["decimal"])

    def _formatted(self, pattern: str, local: datetime) -> str:
        return format_datetime(local.replace(tzinfo=None), self.texts[pattern], locale=self._locale)

    def _zone_name(self, local: datetime) -> str:
        """Its abbreviation in this language or in the IANA database, else the distance from UTC: "UTC+5:45"."""
        for name in (get_timezone_name(local, width="short", locale=self._locale), local.tzname() or ""):
            if name.isalpha():
                return name
        ahead = (local.utcoffset() or timedelta()) // _MINUTE
        hours, minutes = divmod(abs(ahead), 60)
        return f"UTC{'-' if ahead < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")

    def _isolated(self, placeholder: str, value: str) -> str:
        disturbing = _DISTURBING[self.direction]
        if placeholder in PLACEHOLDERS_OF_PEOPLE and any(
            unicodedata.bidirectional(c) in disturbing for c in value
        ):
            return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}"
        return value


@cache
def wording_in(language: str) -> Wording:
    return Wording(language)


def wording_for(locale: str | None) -> Wording:
    """The texts for a BCP 47 tag, such as `de-AT`; English without a tag, or without texts in that language."""
    language = (locale or "").partition("-")[0].lower()
    return wording_in(language if language in LANGUAGES else LANGUAGES[0])


def direction_of(text: str, otherwise: Direction) -> Direction:
    """The direction of the first letter that has one, which is how `dir="auto"` chooses."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return otherwise


def _zone(name: str | None) -> ZoneInfo:
    """UTC if there is no name, or if it was valid once and is no longer."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")

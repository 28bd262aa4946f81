"""A person's language and time zone, as events name them: a BCP 47 tag, and a name of the IANA database."""

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

import tzdata  # type: ignore[import-untyped]  # a package of data only
from pydantic import AfterValidator, BeforeValidator, Field

# RFC 5646 without its list of irregular tags: language, script, region, variants, extensions, private use.
_LANGUAGE_TAG: Final = re.compile(
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*"
    r"(-[a-wyz\d](-[a-z\d]{2,8})+)*(-x(-[a-z\d]{1,8})+)?",
    re.ASCII | re.IGNORECASE,
)


@cache
def _time_zones() -> frozenset[str]:
    """From the package, not from the system, so that every machine knows the same zones."""
    return frozenset(files(tzdata).joinpath("zones").read_text(encoding="ascii").split())


def _none_if_blank(text: Any) -> Any:
    return None if isinstance(text, str) and not text.strip() else text


def _language_tag(text: str | None) -> str | None:
    if text is not None and not _LANGUAGE_TAG.fullmatch(text):
        raise ValueError("must be a BCP 47 language tag, such as de or ar-EG")
    return text


def _time_zone(text: str | None) -> str | None:
    if text is not None and text not in _time_zones():
        raise ValueError("must be a time zone of the IANA database, such as Europe/Berlin")
    return text


# For the JSON Schemas, which are less strict than `_LANGUAGE_TAG`.
_SUBTAGS: Final = {"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"}

LanguageTag = Annotated[
    Annotated[str, Field(max_length=100, json_schema_extra=_SUBTAGS)] | None,
    BeforeValidator(_none_if_blank),
    AfterValidator(_language_tag),
]
TimeZone = Annotated[
    Annotated[str, Field(max_length=100)] | None, BeforeValidator(_none_if_blank), AfterValidator(_time_zone)
]

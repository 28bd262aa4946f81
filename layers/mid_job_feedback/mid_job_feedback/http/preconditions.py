"""The header If-Match (RFC 9110): a change is made only to the revision that the caller has read."""

import re
from collections.abc import Mapping
from typing import Final

from mid_job_feedback.domain.refusals import Invalid

_ANY: Final = "*"
# Entity tags, strong or weak, separated by commas. A tag may contain a comma.
_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e]*"'
_LIST: Final = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")
# The tag of a revision is its number. Weak tags never match: If-Match compares strongly.
_REVISION: Final = re.compile(r'(?<!W/)"([1-9][0-9]{0,8})"')


def revisions(headers: Mapping[str, str]) -> frozenset[int] | None:
    """The revisions that a call's If-Match names. None if any will do: without the header, and for `*`.

    Raises:
        Invalid: the header is malformed.
    """
    named = headers.get("if-match", _ANY).strip()
    if named == _ANY:
        return None
    if not _LIST.fullmatch(named):
        raise Invalid([{"field": "If-Match", "detail": 'must be a revision in quotes, such as "2", or *'}])
    return frozenset(int(number) for number in _REVISION.findall(named))

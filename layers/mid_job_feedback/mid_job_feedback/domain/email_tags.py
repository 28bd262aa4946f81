"""Tags of an e-mail: SES repeats them in each event, so an event says which e-mail it is about.

They name no address. A tag's value may have 256 letters, digits, dashes and underscores. Ids may have more
characters and be longer, so they are encoded (Base64url), and a long one continues in a second tag.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from itertools import batched
from typing import Annotated, Final

from pydantic import Field

from mid_job_feedback.domain.models import Id, Value

_LONGEST: Final = 256
_EMAIL: Final = "feedback_email"
_ADDRESS: Final = "feedback_address"
_PERSON: Final = "feedback_person"
_CONTRACT: Final = "feedback_contract"
_REQUEST: Final = "feedback_request"

type TagValues = Mapping[str, Sequence[str]]


class EmailTags(Value):
    """Which e-mail, to which address of whom, about which contract, and about which request if it is about one."""

    email_number: Annotated[int, Field(ge=0, lt=10**15)]
    address_digest: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    person_id: Id
    contract_id: Id
    request_id: Id | None

    def as_tags(self) -> dict[str, str]:
        ids = {_PERSON: self.person_id, _CONTRACT: self.contract_id, _REQUEST: self.request_id}
        encoded = [_encoded(name, id_) for name, id_ in ids.items() if id_ is not None]
        return {
            _EMAIL: str(self.email_number),
            _ADDRESS: self.address_digest,
            **{name: value for tags in encoded for name, value in tags.items()},
        }


def decoded(found: TagValues) -> dict[str, str | None]:
    """The values of `EmailTags` from the tags of an event.

    Raises:
        ValueError: a tag is missing or malformed.
    """
    return {
        "email_number": _one(found, _EMAIL),
        "address_digest": _one(found, _ADDRESS),
        "person_id": _decoded(found, _PERSON),
        "contract_id": _decoded(found, _CONTRACT),
        "request_id": _decoded(found, _REQUEST) if _REQUEST in found else None,
    }


def are_ours(found: TagValues) -> bool:
    """Whether the e-mail with these tags was sent by this service."""
    return _EMAIL in found


def _encoded(name: str, id_: str) -> dict[str, str]:
    text = base64.urlsafe_b64encode(id_.encode()).decode().rstrip("=")
    parts = ["".join(part) for part in batched(text, _LONGEST, strict=False)]
    return {_numbered(name, number): part for number, part in enumerate(parts, start=1)}


def _decoded(found: TagValues, name: str) -> str:
    second = _numbered(name, 2)
    text = _one(found, name) + (_one(found, second) if second in found else "")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as malformed:
        raise ValueError(f"{name}: is not an id in Base64url") from malformed


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


def _one(found: TagValues, name: str) -> str:
    match found.get(name):
        case [str(value)]:
            return value
        case _:
            raise ValueError(f"{name}: must have one value")

"""An address with a display name, as a header of an e-mail has it (RFC 5322, RFC 2047)."""

from email.header import Header
from typing import Final

LONGEST_NAME: Final = 64  # code points of each part; longer names would only be cut by the reader's client
_LONGEST_WORD: Final = 75  # characters of an encoded word
_ENCODED_WORD: Final = "=?"  # some clients decode what begins like this, even in quotes


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def mailbox(display_name: str, address: str) -> str:
    """One line of ASCII. An empty display name is left out, and no name can add a header or another address."""
    if not display_name:
        return address
    if display_name.isascii() and display_name.isprintable() and _ENCODED_WORD not in display_name:
        quoted = display_name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    encoded = Header(display_name, "utf-8", maxlinelen=_LONGEST_WORD).encode(linesep="")
    return f"{encoded} <{address}>"

"""The sender of an e-mail: any name, as one line of ASCII that mail programs read back."""

from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest

from mid_job_feedback.messaging.mailbox import LONGEST_NAME, mailbox, shortened

ADDRESS = "feedback@example.com"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", ADDRESS),
        ("Ana via Example", f'"Ana via Example" <{ADDRESS}>'),
        ("O'Brien, Ana (she) via Example <3", f'"O\'Brien, Ana (she) via Example <3" <{ADDRESS}>'),
        ('Ana "Ace" \\ Ruiz', f'"Ana \\"Ace\\" \\\\ Ruiz" <{ADDRESS}>'),
        ("Zoë via Example", f"=?utf-8?q?Zo=C3=AB_via_Example?= <{ADDRESS}>"),
    ],
)
def test_a_name_is_quoted_or_encoded(name: str, written: str) -> None:
    assert mailbox(name, ADDRESS) == written


@pytest.mark.parametrize(
    "name",
    [
        "Ana",
        'victim@example.com" <eve@evil.example>, "x',
        "a,b;c:d<e>f@g(h)i[j]k",
        "\\",
        '"',
        "=?utf-8?q?Eve=0D=0ABcc:_victim@evil.example?=",
        "محمد عبر Example",
        "\u2068محمد\u2069 via Example",
        "Ana عبر \u2068Example\u2069",
        "🙂" * LONGEST_NAME + " via " + "ß" * 60,
    ],
)
def test_a_name_is_read_back_as_it_was_and_adds_no_address_and_no_header(name: str) -> None:
    written = mailbox(name, ADDRESS)
    assert written.isascii()
    assert written.isprintable()
    assert len(written) < 998
    assert all(len(word) <= 75 for word in written.split(" ") if word.startswith("=?"))
    [(read, address)] = getaddresses([written], strict=True)
    assert address == ADDRESS
    assert str(make_header(decode_header(read))) == name


def test_a_line_end_in_a_name_ends_no_line() -> None:
    written = mailbox("Eve\r\nBcc: victim@evil.example", ADDRESS)
    assert written.isprintable()
    assert [address for _, address in getaddresses([written], strict=True)] == [ADDRESS]


@pytest.mark.parametrize("length", [1, LONGEST_NAME, LONGEST_NAME + 1, 200])
def test_a_long_name_is_shortened(length: int) -> None:
    name = shortened("n" * length)
    assert name == ("n" * length if length <= LONGEST_NAME else "n" * (LONGEST_NAME - 1) + "…")

"""Which text can be read on a colour (WCAG 2.2, criterion 1.4.3)."""

from typing import Final

WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
_LINEAR_UP_TO: Final = 0.04045  # of sRGB


def text_colour_on(background: str) -> str:
    """White or black, whichever has more contrast. For every colour this is at least 4.58:1; 4.5:1 is needed."""
    return max(WHITE, BLACK, key=lambda text: ratio(text, background))


def ratio(one: str, other: str) -> float:
    """The contrast of two colours such as `#2f7d4f`, from 1 to 21."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in bytes.fromhex(colour.removeprefix("#")))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR_UP_TO else float(((channel + 0.055) / 1.055) ** 2.4)

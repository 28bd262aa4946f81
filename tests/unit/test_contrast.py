"""The text on the marketplace's colour can be read, whatever the colour."""

from itertools import product

import pytest

from mid_job_feedback.messaging.contrast import BLACK, WHITE, ratio, text_colour_on


def test_every_colour_has_a_text_colour_that_can_be_read() -> None:
    """In steps of 17 for each channel: 4,096 colours."""
    steps = [f"{channel:02x}" for channel in range(0, 256, 17)]
    least = min(ratio(text_colour_on(f"#{''.join(rgb)}"), f"#{''.join(rgb)}") for rgb in product(steps, repeat=3))
    assert least >= 4.5


def test_every_grey_has_one_too_though_contrast_is_lowest_there() -> None:
    greys = [f"#{channel:02x}{channel:02x}{channel:02x}" for channel in range(256)]
    assert 4.57 < min(ratio(text_colour_on(grey), grey) for grey in greys) < 4.7


@pytest.mark.parametrize(
    ("background", "text"),
    [
        (BLACK, WHITE),
        (WHITE, BLACK),
        ("#2f7d4f", WHITE),
        ("#FFDE00", BLACK),
        ("#767676", BLACK),
        ("#757575", WHITE),
    ],
)
def test_the_text_colour_is_the_one_with_more_contrast(background: str, text: str) -> None:
    assert text_colour_on(background) == text


@pytest.mark.parametrize(
    ("one", "other", "contrast"),
    [(WHITE, BLACK, 21), (WHITE, WHITE, 1), ("#777777", WHITE, 4.48), ("#ff0000", WHITE, 4.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, contrast: float) -> None:
    assert ratio(one, other) == ratio(other, one) == pytest.approx(contrast, abs=0.005)

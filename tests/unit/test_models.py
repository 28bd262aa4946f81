import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic._internal import _model_construction

from mid_job_feedback import clock
from mid_job_feedback.domain.models import (
    Contract,
    FeedbackInput,
    Instant,
    Name,
    Ratings,
    RequestInput,
    RequestStatus,
    Value,
    cut,
    is_blank,
    is_id,
    shown,
)
from tests.builders import CLIENT, DAY, IDS, NOW, RATINGS, SECOND, a_contract, a_feedback, a_request

INSTANT: TypeAdapter[Any] = TypeAdapter(Instant)
NAME: TypeAdapter[Any] = TypeAdapter(Name)
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Etc/GMT+12")
]
SHOWING_NOTHING = [
    *("\u200b", "\u200f", "\u00ad", "\ufeff \u2060", "\u2028", "\u3000", "\u061c", "\U000e0041", "\x00\x1f"),
    *("\u3164", "\u115f\u1160", "\uffa0", "\u2800\u2800", "\ufe0f", "\u034f", "\u180b", "\U000e0100", "\u17b4"),
]
ratings = st.fixed_dictionaries({category: st.integers(1, 5) for category in RATINGS})


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ([5, 5, 4, 4, 5, 5], "4.67"),
        ([4, 4, 5, 5, 5, 4], "4.50"),
        ([5, 5, 5, 5, 5, 4], "4.83"),
        ([1, 1, 1, 1, 1, 2], "1.17"),
        ([1] * 6, "1.00"),
        ([5] * 6, "5.00"),
    ],
)
def test_the_score_is_the_mean_rounded_half_up_to_two_places(values: list[int], score: str) -> None:
    assert Ratings(**dict(zip(RATINGS, values, strict=True))).score() == Decimal(score)


@given(ratings)
def test_a_score_is_within_half_a_cent_of_the_mean_and_a_number_in_json(values: dict[str, int]) -> None:
    feedback = a_feedback(ratings=values)
    assert abs(feedback.text.score * 6 - sum(values.values())) <= Decimal("0.03")
    assert feedback.model_dump(mode="json")["score"] == float(str(feedback.text.score))


@pytest.mark.parametrize(
    "rating", [0, 6, -1, 10**400, "5", 4.5, "5.0", float("inf"), float("nan"), 6.0, None, True, [5], {}]
)
def test_a_rating_is_a_whole_number_from_one_to_five(rating: Any) -> None:
    with pytest.raises(ValidationError):
        Ratings(**{**RATINGS, "skills": rating})


@pytest.mark.parametrize("json", ["5", "5.0", "5e0", "0.5E1"])
def test_a_rating_may_be_any_json_number_with_a_whole_value(json: str) -> None:
    body = f'{{"ratings": {{{", ".join(f"{chr(34)}{name}{chr(34)}: {json}" for name in RATINGS)}}}}}'
    assert (
        FeedbackInput.model_validate_json(body).ratings.model_dump_json()
        == Ratings(**dict.fromkeys(RATINGS, 5)).model_dump_json()
    )


@pytest.mark.parametrize("category", RATINGS)
def test_every_category_is_required(category: str) -> None:
    with pytest.raises(ValidationError, match=category):
        Ratings(**{name: rating for name, rating in RATINGS.items() if name != category})


@pytest.mark.parametrize(
    ("model", "field", "limit"), [(FeedbackInput, "comment", 5000), (RequestInput, "message", 500)]
)
def test_text_is_trimmed_then_counted_in_code_points_and_blank_means_none(
    model: Any, field: str, limit: int
) -> None:
    def stored(typed: Any) -> Any:
        rest = {"ratings": RATINGS} if model is FeedbackInput else {}
        return getattr(model.model_validate({**rest, field: typed}), field)

    assert [stored(blank) for blank in (None, "", " \r\n\t ", *SHOWING_NOTHING)] == [None] * (
        3 + len(SHOWING_NOTHING)
    )
    assert stored("\u200b.\u200b") == "\u200b.\u200b"
    assert stored("  Line one\nline two\n") == "Line one\nline two"
    assert stored(" " * 1000 + "😀" * limit) == "😀" * limit
    with pytest.raises(ValidationError):
        stored("😀" * (limit + 1))


@pytest.mark.parametrize("text", SHOWING_NOTHING)
def test_what_shows_nothing_is_no_name(text: str) -> None:
    for name in (text, f" {text} ", text * 3):
        with pytest.raises(ValidationError, match=r"visible|at least 1"):
            NAME.validate_python(name)


@pytest.mark.parametrize("text", ["\u200bAna", "م\u200f", "❤\ufe0f", "🏳️‍🌈", "़", "."])
def test_what_shows_anything_is_a_name(text: str) -> None:
    assert NAME.validate_python(text) == text


@given(st.text())
def test_what_is_blank_to_python_is_blank(text: str) -> None:
    assert not text.isspace() or is_blank(text)
    assert not is_blank(text + "a")


@pytest.mark.parametrize("text", [*IDS, "-", "a.", ".a", "x" * 255])
def test_valid_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "x" * 256, "a b", " a", "a\t", "a\n", "c-1\x00", "\x7f", "ä", "\u0661", "\u200b"),
        *(f"a{character}b" for character in '/\\?#%"<>'),
        "YWJj+/==",
    ],
)
def test_invalid_ids(text: str) -> None:
    assert not is_id(text)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.sampled_from(ZONES)))  # noqa: DTZ001
def test_instants_become_utc_and_stay_the_same_instant(instant: datetime) -> None:
    stored = INSTANT.validate_python(instant)
    assert stored.timestamp() == instant.timestamp()  # `==` between zones is false in repeated hours
    assert stored.utcoffset() == timedelta(0)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2999, 1, 1), timezones=st.sampled_from(ZONES)))  # noqa: DTZ001
def test_instants_are_shown_in_utc_with_milliseconds_that_are_cut(instant: datetime) -> None:
    text = INSTANT.dump_json(INSTANT.validate_python(instant)).decode().strip('"')
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert datetime.fromisoformat(text) == cut(instant).astimezone(UTC)
    assert timedelta(0) <= instant - datetime.fromisoformat(text) < timedelta(milliseconds=1)
    assert shown(instant) == text


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 - the point of this case
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_naive_and_absurd_instants_are_refused(instant: datetime) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(instant)


def test_control_characters_in_names_become_spaces() -> None:
    assert NAME.validate_python("A\r\nBcc: x\x00\x85y") == "A  Bcc: x  y"


@pytest.mark.parametrize("name", ["", " ", "\n", "x" * 201])
def test_names_have_one_to_two_hundred_code_points(name: str) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(name)


def test_a_stranger_has_no_role() -> None:
    assert a_contract().role_of("u-stranger") is None


@pytest.mark.parametrize("status", RequestStatus)
@pytest.mark.parametrize(("left", "in_time"), [(SECOND, True), (timedelta(0), False), (-SECOND, False)])
def test_a_request_is_open_while_pending_and_before_its_deadline(
    status: RequestStatus,
    left: timedelta,
    in_time: bool,  # noqa: FBT001
) -> None:
    request = a_request(status=status)
    assert request.is_open(request.expires_at - left) is (in_time and status == "pending")


def test_a_contract_is_active_until_an_end_is_known() -> None:
    assert a_contract().status == "active"
    for ended_at in (NOW - DAY, NOW, NOW + DAY):
        assert a_contract(ended_at=ended_at).status == "ended"


def test_values_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_contract().title = "other"  # type: ignore[misc]


def test_a_model_is_built_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unused(Value):
        name: str

    others: list[Unused] = []
    other = Thread(target=lambda: others.append(Unused(name="other")), daemon=True)
    has_waited: list[bool] = []
    build = _model_construction.complete_model_class

    def building(*arguments: Any, **options: Any) -> bool:
        if not has_waited:
            other.start()
            other.join(timeout=0.05)
            has_waited.append(other.is_alive())
        return build(*arguments, **options)

    monkeypatch.setattr(_model_construction, "complete_model_class", building)
    first = Unused(name="first")
    other.join()
    assert has_waited == [True]
    assert [first, *others] == [Unused(name="first"), Unused(name="other")]


def test_values_refuse_unknown_fields() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Contract.model_validate({**a_contract().model_dump(), "client": CLIENT, "salary": 1})


def test_the_clock_shows_what_people_are_shown() -> None:
    assert all(clock.now().microsecond % 1000 == 0 for _ in range(100))

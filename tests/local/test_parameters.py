"""How STACK_PARAMETERS is parsed."""

import pytest

from local.errors import LocalError
from local.parameters import parse


def test_values_with_spaces_may_be_quoted() -> None:
    assert parse("RequestLifetime=PT4S ExpirySchedule='rate(1 minute)' SelectedFreelancers=") == {
        "RequestLifetime": "PT4S",
        "ExpirySchedule": "rate(1 minute)",
        "SelectedFreelancers": "",
    }


def test_values_with_spaces_need_no_quotes() -> None:
    assert parse("ExpirySchedule=rate(1 minute) RequestLifetime=PT4S") == {
        "ExpirySchedule": "rate(1 minute)",
        "RequestLifetime": "PT4S",
    }


def test_a_value_may_contain_an_equals_sign() -> None:
    assert parse("JwtIssuer=https://issuer.example.com/?a=b") == {"JwtIssuer": "https://issuer.example.com/?a=b"}


def test_an_unknown_parameter_is_refused_with_a_list_of_the_known_ones() -> None:
    with pytest.raises(LocalError, match=r"no parameter RequestLifespan\. It has .*RequestLifetime"):
        parse("RequestLifespan=PT4S")


@pytest.mark.parametrize("text", ["RequestLifetime", "minute) RequestLifetime=PT4S", "ExpirySchedule='rate("])
def test_text_that_is_not_key_and_value_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="STACK_PARAMETERS"):
        parse(text)

import pytest

from local.errors import LocalError
from local.parameters import parse


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("", {}),
        ("RequestLifetime=PT4S", {"RequestLifetime": "PT4S"}),
        (
            "RequestLifetime=PT4S ExpirySchedule='rate(1 minute)'",
            {"RequestLifetime": "PT4S", "ExpirySchedule": "rate(1 minute)"},
        ),
        (
            "ExpirySchedule=rate(1 minute) RequestLifetime=PT4S",
            {"ExpirySchedule": "rate(1 minute)", "RequestLifetime": "PT4S"},
        ),
        ("SelectedFreelancers=u-1,u-2", {"SelectedFreelancers": "u-1,u-2"}),
        ("JwtIssuer=https://issuer.example.com/?a=b", {"JwtIssuer": "https://issuer.example.com/?a=b"}),
    ],
)
def test_parameters_are_read_as_they_are_meant(text: str, parameters: dict[str, str]) -> None:
    assert parse(text) == parameters


@pytest.mark.parametrize("text", ["RequestLifetime", "Unknown=1", "RequestLifetime='PT4S"])
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(LocalError):
        parse(text)

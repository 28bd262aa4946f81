"""Access: whoever is not a party to a contract gets the same response as if it did not exist."""

from collections.abc import Callable

import pytest

from tests.builders import FREELANCER
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace

type Act = Callable[..., HttpResponse]

ACTS: list[Act] = [
    Marketplace.feedback_tab,
    Marketplace.request_feedback,
    Marketplace.submit_feedback,
    lambda marketplace, *ids, **how: marketplace.withdraw("r-1", *ids, **how),
    lambda marketplace, *ids, **how: marketplace.decline("r-1", *ids, **how),
    Marketplace.mute,
]
MISSING_CONTRACTS = [
    "c-2",
    "C-1",
    "c-1 ",
    "x" * 255,
    "x" * 256,
    ".",
    "..",
    "x" * 8000,
    "c%2D1",
    "%00",
    "c/1",
    "c?1",
    'c"1',
    "c#1",
    "c\\1",
    "c\n1",
    "ç-1",
    "🙂",
    "<script>",
    "../c-1",
]


@pytest.fixture(autouse=True)
def _contract(marketplace: Marketplace) -> None:
    pass


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_gets_the_response_of_a_missing_contract(marketplace: Marketplace, act: Act) -> None:
    stranger = act(marketplace, person="u-stranger")
    assert stranger.refusal == (404, "contract_not_found")
    for contract_id in MISSING_CONTRACTS:
        response = act(marketplace, contract_id, person=FREELANCER.id)
        assert (contract_id, response.text) == (contract_id, stranger.text)
        assert response.headers == stranger.headers


@pytest.mark.parametrize("act", ACTS)
def test_a_token_without_a_subject_is_a_strangers(marketplace: Marketplace, act: Act) -> None:
    assert act(marketplace, person="").refusal == (404, "contract_not_found")


@pytest.mark.parametrize("act", ACTS)
def test_a_contract_does_not_exist_before_its_start_is_known(marketplace: Marketplace, act: Act) -> None:
    marketplace.pay("c-2")
    assert act(marketplace, "c-2").refusal == (404, "contract_not_found")

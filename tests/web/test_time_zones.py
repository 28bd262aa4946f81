"""Deadlines on a leap day, at the end of a year and when clocks change, in several time zones."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.builders import POLICY, a_contract, a_request
from tests.conftest import Tried
from tests.web.fake_api import FakeApi
from tests.web.page_states import LINK, given_open_request

LEAP_DAY = datetime(2028, 2, 29, 18, 20, tzinfo=UTC)
YEAR_END = datetime(2026, 12, 31, 23, 59, 58, tzinfo=UTC)
CLOCKS_CHANGE = datetime(2027, 3, 14, 10, 0, tzinfo=UTC)  # in Los Angeles, at this instant


type OpenForm = Callable[[str, datetime], Page]


@pytest.fixture
def open_form(new_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi) -> OpenForm:
    """Opens the form in a time zone, at the moment at which a request with this deadline was made."""

    def open_form(zone: str, deadline: datetime) -> Page:
        given_open_request(api)
        request = a_request(requested_at=deadline - POLICY.request_lifetime)
        api.open_request = api.linked_request = request
        api.now = request.requested_at
        api.contract = a_contract(started_at=request.requested_at - POLICY.minimum_contract_age)
        context = new_context(timezone_id=zone)
        context.clock.set_fixed_time(api.now)
        page = context.new_page()
        page.goto(f"{stack_url}/app/{LINK}")
        return page

    return open_form


@pytest.mark.parametrize(
    ("zone", "deadline", "shown"),
    [
        ("Africa/Lagos", LEAP_DAY, ("29 February 2028 at 19:20:00 GMT+1", "29 February")),
        ("America/Los_Angeles", LEAP_DAY, ("29 February 2028 at 10:20:00 GMT-8", "29 February")),
        ("Asia/Kathmandu", LEAP_DAY, ("1 March 2028 at 0:05:00 GMT+5:45", "1 March")),
        ("Africa/Lagos", YEAR_END, ("1 January 2027 at 0:59:58 GMT+1", "1 January 2027")),
        ("America/Los_Angeles", YEAR_END, ("31 December 2026 at 15:59:58 GMT-8", "31 December")),
        ("Asia/Kathmandu", YEAR_END, ("1 January 2027 at 5:44:58 GMT+5:45", "1 January 2027")),
        ("America/Los_Angeles", CLOCKS_CHANGE, ("14 March 2027 at 3:00:00 GMT-7", "14 March")),
    ],
)
def test_a_deadline_is_the_same_instant_in_every_zone(
    open_form: OpenForm, tried: Tried, zone: str, deadline: datetime, shown: tuple[str, str]
) -> None:
    exact, day = shown
    page = open_form(zone, deadline)
    expect(page.get_by_title(exact)).to_have_text(day)
    expect(page.get_by_text("14 days left")).to_be_visible()
    tried("deadlines on pages, each in another zone", 1)

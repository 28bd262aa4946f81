"""Text that people type stays text, credentials reach nobody but the API, and pages load fast."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Request, expect

from tests.builders import a_feedback
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import (
    CLIENT_ROOM,
    HISTORY,
    LINK,
    LONG_WORD,
    MARKUP,
    given_hostile_text,
    given_open_request,
    given_open_request_and_earlier_feedback,
    given_two_pages_of_history,
)

FORM_PAGE_LIMIT = 30_000  # bytes transferred, compressed


@pytest.mark.parametrize("address", [CLIENT_ROOM, LINK])
def test_markup_that_people_type_is_shown_as_text(open_page: OpenPage, api: FakeApi, address: str) -> None:
    given_hostile_text(api)
    page = open_page(address)
    expect(page.get_by_text(MARKUP).first).to_be_visible()
    expect(page.locator("main script, main img, main a:not([part=link])")).to_have_count(0)
    assert page.title() in {"Contract Room", "Give feedback"}


def test_a_right_to_left_name_does_not_change_the_direction_of_our_words(
    open_page: OpenPage, api: FakeApi
) -> None:
    """The name switches to right-to-left and never back. Our words must still follow on its right."""
    given_hostile_text(api)
    page = open_page(CLIENT_ROOM)
    heading = page.get_by_role("heading", name="asked for your feedback")
    heading.wait_for()
    lefts = heading.evaluate(
        """heading => {
            const words = heading.lastChild;  // " asked for your feedback"
            return [[1, 2], [7, 8]].map(([start, end]) => {
                const range = document.createRange();
                range.setStart(words, start);
                range.setEnd(words, end);
                return range.getBoundingClientRect().left;
            });
        }"""
    )
    name = heading.locator("bdi").bounding_box()
    assert name
    assert name["x"] < lefts[0] < lefts[1]


def test_a_contract_id_cannot_change_the_path_of_a_call(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page("contract?id=..%2F..%2Ffreelancers%2Fu-1%2Fwork-history%3Fx%3D#token=client-token")
    expect(page.get_by_role("heading", name="We couldn’t find this contract")).to_be_visible()


@pytest.fixture
def traffic(new_context: Callable[..., BrowserContext], stack_url: str) -> Callable[[str], list[Request]]:
    """Returns every request that a browser makes when it opens an address below /app/."""

    def traffic(address: str) -> list[Request]:
        requests: list[Request] = []

        def record(request: Request) -> None:
            requests.append(request)

        context = new_context()
        context.on("requestfinished", record)
        context.new_page().goto(f"{stack_url}/app/{address}", wait_until="networkidle")
        return requests

    return traffic


@pytest.mark.parametrize("address", [CLIENT_ROOM, LINK, HISTORY])
def test_pages_call_only_their_own_origin_without_cookies_or_referrer(
    traffic: Callable[[str], list[Request]], stack_url: str, api: FakeApi, address: str
) -> None:
    given_open_request_and_earlier_feedback(api)
    given_two_pages_of_history(api)
    requests = traffic(address)
    assert requests
    for request in requests:
        assert request.url.startswith(stack_url)
        assert "referer" not in request.headers
        assert "cookie" not in request.headers


def test_the_token_is_sent_only_to_the_api_in_the_authorization_header(
    traffic: Callable[[str], list[Request]], stack_url: str
) -> None:
    requests = traffic(CLIENT_ROOM)
    with_token = [request.url for request in requests if "authorization" in request.headers]
    assert with_token == [f"{stack_url}/contracts/c-1/feedback"]
    assert all("client-token" not in request.url.partition("#")[0] for request in requests)


def test_the_form_page_weighs_less_than_30_kb(traffic: Callable[[str], list[Request]], api: FakeApi) -> None:
    given_open_request(api)
    files = [request for request in traffic(LINK) if "/app/" in request.url]
    assert len({request.url for request in files}) == len(files)  # nothing is loaded twice
    weight = sum(request.sizes()["responseBodySize"] for request in files)
    assert len(files) == 2
    assert weight <= FORM_PAGE_LIMIT


def test_the_longest_comment_and_title_fit_320_px(open_page: OpenPage, api: FakeApi) -> None:
    given_hostile_text(api)
    api.feedback = [a_feedback(comment=(LONG_WORD * 20)[:5000])]
    page = open_page(CLIENT_ROOM, viewport={"width": 320, "height": 640})
    page.get_by_role("article").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_content_policy_blocks_parsing_text_as_markup(browser: Browser, stack_url: str) -> None:
    """All other tests show that the pages comply with the policy: a violation would be an error on the console."""
    page = browser.new_page()
    page.goto(f"{stack_url}/app/feedback")
    write = "try { document.body.innerHTML = '<b>'; 'written' } catch { 'refused' }"
    assert page.evaluate(write) == "refused"
    page.close()

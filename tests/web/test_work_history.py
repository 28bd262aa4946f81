"""The public work history: running contracts included, more pages on demand, each contract shown once."""

from playwright.sync_api import expect

from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import HISTORY, given_two_pages_of_history, press


def test_running_contracts_are_shown_with_their_feedback(open_page: OpenPage, api: FakeApi) -> None:
    given_two_pages_of_history(api)
    page = open_page(HISTORY)
    contract = page.locator("[part~=contract]")
    expect(contract).to_contain_text("In progress Since 7 March 2026")
    expect(contract.get_by_role("article")).to_contain_text("During the contract")


def test_a_contract_split_over_two_pages_is_shown_once_with_all_its_feedback(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_two_pages_of_history(api)
    page = open_page(HISTORY)
    expect(page.get_by_text("1 contract shown.")).to_be_visible()
    press("Show more")(page)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Ana Ruiz"])
    expect(page.get_by_role("heading", level=3)).to_have_text(["Website relaunch", "Style guide", "Logo"])
    expect(page.locator("[part~=contract]").first.get_by_role("article")).to_have_count(2)
    expect(page.get_by_text("3 contracts shown.")).to_be_visible()
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_page_that_could_not_be_loaded_can_be_loaded_again(open_page: OpenPage, api: FakeApi) -> None:
    given_two_pages_of_history(api)
    page = open_page(HISTORY)
    page.get_by_role("button", name="Show more").wait_for()
    api.fail_next("GET")
    press("Show more")(page)
    expect(page.get_by_text("reach the service")).to_be_visible()
    expect(page.get_by_text("What you typed")).to_have_count(0)
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_visible()
    press("Show more")(page)
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()


def test_a_contract_without_feedback_and_an_empty_history_are_explained(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(HISTORY)
    expect(page.get_by_role("heading", name="No contracts yet")).to_be_visible()
    given_two_pages_of_history(api)
    page.reload()
    press("Show more")(page)
    logo = page.locator("[part~=contract]").filter(has_text="Logo")
    expect(logo).to_contain_text("No feedback on this contract yet.")
    expect(logo).to_contain_text("7 March 2026 – 26 April 2026")  # noqa: RUF001 - a dash between dates

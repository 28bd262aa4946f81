"""The public work history: running contracts included, more pages on demand, each contract shown once."""

from importlib.resources import files

import pytest
from playwright.sync_api import expect

from mid_job_feedback.http import static_files
from tests.lambda_runtime import function
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import HISTORY, given_busy_summary, given_two_pages_of_history, once_there, press

STRUCTURED_DATA = "work-history > [itemscope]"


def test_running_contracts_are_shown_with_their_feedback_below_the_summary(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_two_pages_of_history(api)
    page = open_page(HISTORY)
    ended, running = once_there(page.locator("[part~=summary-kind]"), 2)
    expect(ended).to_have_text(
        "End of contract 3.83 3.83 out of 5 Based on 1 feedback entry "
        "5 stars 0 4 stars 1 3 stars 0 2 stars 0 1 star 0 Skills 4.00 Quality 4.00 Availability 3.00 "
        "Deadlines 3.00 Communication 4.00 Cooperation 5.00 Counts towards the Job Success Score",
        use_inner_text=True,
    )
    expect(running).to_contain_text("Based on 2 feedback entries")
    expect(running).to_contain_text("Does not count towards the Job Success Score")
    expect(page.locator(STRUCTURED_DATA)).to_have_count(0)
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
    expect(page.locator("[part~=contract] h3")).to_have_text(["Website relaunch", "Style guide", "Logo"])
    expect(page.locator("[part~=contract]").first.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("heading", level=5)).to_have_text("Reply from Ana Ruiz")
    expect(page.locator("[part~=reply]")).to_contain_text("I said so a week before.")
    tombstone = page.get_by_role("article").last
    expect(tombstone).to_contain_text("The marketplace removed this feedback on 12 June 2026.")
    expect(tombstone).to_contain_text("Reason: Private information")
    expect(tombstone.locator("[part~=score], [part~=categories], button")).to_have_count(0)
    expect(page.get_by_text("3 contracts shown.")).to_be_visible()
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_what_could_not_be_loaded_can_be_loaded_again(open_page: OpenPage, api: FakeApi) -> None:
    given_busy_summary(api)
    page = open_page(HISTORY)
    page.get_by_role("button", name="Show more").wait_for()
    expect(page.get_by_role("heading", name="Ana Ruiz")).to_be_visible()
    expect(page.get_by_text("We couldn’t load the summary")).to_be_visible()
    given_two_pages_of_history(api)
    press("Try again")(page)
    expect(page.get_by_text("Based on 2 feedback entries")).to_be_visible()
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
    expect(page.locator("[part~=summary]")).to_have_count(0)
    given_two_pages_of_history(api)
    page.reload()
    press("Show more")(page)
    logo = page.locator("[part~=contract]").filter(has_text="Logo")
    expect(logo).to_contain_text("No feedback on this contract yet.")
    expect(logo).to_contain_text("7 March 2026 – 26 April 2026")  # noqa: RUF001 - a dash between dates


def test_a_parameter_makes_the_page_describe_the_summary_to_search_engines(
    open_page: OpenPage, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"STRUCTURED_DATA": "true"}
    monkeypatch.setattr(function("web"), "PAGES", static_files.read(files("mid_job_feedback_pages"), settings))
    given_two_pages_of_history(api)
    page = open_page(HISTORY)
    expect(page.locator(f"{STRUCTURED_DATA} [itemprop=ratingValue]")).to_have_attribute("content", "3.83")

"""Ids of real issuers in the elements: as attributes, in calls, and with what is typed."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.builders import CLIENT, FREELANCER, SUBJECTS, a_contract
from tests.web.fake_api import Call, FakeApi, Reply
from tests.web.page_states import give_feedback

SHAPES = ("Auth0", "Entra, sub", "Google", "Keycloak, user federation", "Okta, access token")
TAGS = """<contract-feedback contract-id="{id}"></contract-feedback>
<work-history freelancer-id="{id}"></work-history>"""
SIGN_IN = """addEventListener("DOMContentLoaded", () => {
    document.querySelector("contract-feedback").token = "client-token"; });"""


@pytest.mark.parametrize("issuer", SHAPES)
def test_an_id_of_any_issuer_leads_to_the_contract_and_to_the_history(
    embed: Callable[..., Page], api: FakeApi, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    id_ = SUBJECTS[issuer]
    api.contract = a_contract(
        contract_id=id_,
        client=CLIENT.model_copy(update={"id": f"{id_}2"}),
        freelancer=FREELANCER.model_copy(update={"id": id_}),
    )
    calls = set[tuple[str, str]]()
    answer = api.answer

    def note(call: Call) -> Reply | None:
        calls.add((call.method, call.path))
        return answer(call)

    monkeypatch.setattr(api, "answer", note)
    page = embed("elements.js", TAGS.format(id=id_), js=SIGN_IN)
    give_feedback(page)
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    encoded = quote(id_, safe="")
    assert calls == {
        ("GET", f"contracts/{encoded}/feedback"),
        ("POST", f"contracts/{encoded}/feedback"),
        ("GET", f"freelancers/{encoded}/work-history"),
    }

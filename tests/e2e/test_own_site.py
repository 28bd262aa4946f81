"""A marketplace with a site of its own: messages and pages lead there."""

from html import escape

from tests.e2e.conftest import CONTRACT_URL, SIGN_IN_URL
from tests.e2e.deployed_service import DeployedService, eventually
from tests.e2e.test_page_addresses import get


def test_messages_and_pages_lead_to_the_marketplaces_own_site(target: DeployedService) -> None:
    contract_id = target.an_eligible_contract()
    assert target.give_feedback(contract_id).status_code == 201
    kind = "feedback_provided"
    [message] = eventually(lambda: target.dash_messages_about(kind, contract_id), "the Dash message")
    own_page = CONTRACT_URL.replace("{contract_id}", contract_id)
    assert message["link"] == own_page
    assert eventually(lambda: target.emails(own_page), "the e-mail")
    html = get(target, "/app/contract").text
    assert f'<meta name="contract-url" content="{escape(CONTRACT_URL)}">' in html
    assert f'<meta name="sign-in-url" content="{escape(SIGN_IN_URL)}">' in html
    assert 'href="https://www.example.com"' in get(target, "/").text

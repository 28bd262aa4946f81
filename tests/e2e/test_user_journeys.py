"""What freelancers, clients and the marketplace do, from end to end on the deployed stack."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.builders import RATINGS
from tests.e2e.deployed_service import DeployedService, eventually
from tests.message_schemas import checked


def a_title() -> str:
    return f"Contract {uuid4()}"


def email_status(service: DeployedService, contract_id: str) -> str:
    """What the freelancer sees of the e-mail about the open request."""
    tab = service.tab(contract_id, service.freelancer).json()
    return str(tab["open_request"]["delivery"]["email"]["status"])


def test_requested_feedback_is_given_by_the_emailed_link_and_shown_everywhere(
    service: DeployedService,
) -> None:
    title = a_title()
    contract_id = service.an_eligible_contract(title=title)

    requested = service.request_feedback(contract_id, "How is the work going so far?")
    assert requested.status_code == 201
    assert requested.url.join(requested.headers["Location"]).path.endswith(f"/contracts/{contract_id}/feedback")
    request = requested.json()
    assert request.pop("delivery")["email"]["status"] == "queued"
    deadline = datetime.fromisoformat(request["expires_at"])
    assert deadline - datetime.fromisoformat(request["requested_at"]) == timedelta(days=14)

    token = service.emailed_token(title)
    [email] = service.emails(title)
    assert email["To"] == ["client@example.com"]
    assert email["Subject"].startswith(f"Ana Ruiz asks for your feedback on “{title}” by ")
    assert f"{deadline:%H:%M} UTC" in email["BodyText"]
    [dash] = eventually(lambda: service.dash_messages_about("feedback_requested", contract_id), "the Dash message")
    assert dash["recipient_id"] == service.client.id
    eventually(lambda: email_status(service, contract_id) == "delivered", "what SES says of the e-mail")

    seen = service.open_link(token)
    assert seen.status_code == 200
    assert seen.json()["request"] == request
    submitted = service.submit_by_link(token)
    assert submitted.status_code == 201
    feedback = submitted.json()
    assert (feedback["score"], feedback["counts_towards_job_success_score"]) == (4.67, False)
    assert feedback["request_id"] == request["request_id"]

    for person in (service.client, service.freelancer):
        tab = service.tab(contract_id, person).json()
        assert tab["feedback"] == [feedback]
        assert tab["open_request"] is None
        assert [past["status"] for past in tab["past_requests"]] == ["fulfilled"]
    for_the_parties = {"request_id", "earlier_versions", "correctable_until", "replyable_until"}
    public = {name: value for name, value in feedback.items() if name not in for_the_parties}
    eventually(lambda: service.work_history().get(contract_id) == [public], "the work history")

    [dash] = eventually(lambda: service.dash_messages_about("feedback_provided", contract_id), "the Dash message")
    assert dash["recipient_id"] == service.freelancer.id
    eventually(lambda: len(service.emails(title)) == 2, "the mail to the freelancer")
    assert service.emails(title)[-1]["To"] == ["freelancer@example.com"]

    eventually(lambda: len(service.domain_events_of(contract_id)) == 3, "the domain events")
    events = service.domain_events_of(contract_id)
    assert events["FeedbackRequested"]["request"] == request
    assert events["FeedbackRequestClosed"]["status"] == "fulfilled"
    assert events["FeedbackProvided"]["feedback"] == feedback
    for kind, detail in events.items():
        checked(f"domain-events/{kind}", detail)


def test_an_address_that_bounces_is_told_to_the_freelancer_and_mailed_again_once_it_is_corrected(
    service: DeployedService,
) -> None:
    title = a_title()
    client = {"id": service.client.id, "name": "Ben Okoye"}
    bouncing = client | {"email": f"bounce+{uuid4()}@simulator.amazonses.com"}
    contract_id = service.an_eligible_contract(title=title, client=bouncing)
    service.request_feedback(contract_id)
    eventually(lambda: email_status(service, contract_id) == "bounced", "the bounce")
    [dash] = eventually(
        lambda: service.dash_messages_about("feedback_request_undeliverable", contract_id), "the Dash message"
    )
    assert dash["recipient_id"] == service.freelancer.id
    assert "simulator" not in json.dumps(dash)
    service.start_contract(contract_id, title=title, client=client | {"email": "ben@example.com"})
    eventually(lambda: email_status(service, contract_id) == "delivered", "the e-mail to the new address")
    assert [email["To"] for email in service.emails(title)] == [[bouncing["email"]], ["ben@example.com"]]


def test_a_link_accepts_feedback_once(service: DeployedService) -> None:
    title = a_title()
    service.request_feedback(service.an_eligible_contract(title=title))
    token = service.emailed_token(title)
    assert service.submit_by_link(token).status_code == 201
    for refused in (service.submit_by_link(token, "twice"), service.open_link(token)):
        assert (refused.status_code, refused.json()["code"]) == (410, "already_answered")
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_feedback_in_the_contract_room_fulfils_the_open_request(service: DeployedService) -> None:
    contract_id = service.an_eligible_contract()
    request_id = service.request_feedback(contract_id).json()["request_id"]
    given = service.give_feedback(contract_id)
    assert (given.status_code, given.json()["request_id"]) == (201, request_id)
    again = service.give_feedback(contract_id)
    assert (again.status_code, again.json()["code"]) == (409, "not_eligible")
    assert [reason["code"] for reason in again.json()["reasons"]] == ["feedback_too_recent"]


def test_the_end_of_the_contract_cancels_the_request_and_closes_the_link(service: DeployedService) -> None:
    title = a_title()
    contract_id = service.an_eligible_contract(title=title)
    service.request_feedback(contract_id)
    token = service.emailed_token(title)
    service.end_contract(contract_id)
    eventually(lambda: service.open_link(token).status_code == 410, "the end of the contract")
    refused = service.submit_by_link(token)
    assert (refused.status_code, refused.json()["code"]) == (410, "contract_ended")
    tab = service.tab(contract_id, service.freelancer).json()
    assert tab["contract"]["status"] == "ended"
    assert [past["status"] for past in tab["past_requests"]] == ["cancelled"]


def test_end_of_contract_feedback_is_in_the_work_history_and_counts(service: DeployedService) -> None:
    contract_id, feedback_id = f"c-{uuid4()}", f"e-{uuid4()}"
    provided = {
        "contract_id": contract_id,
        "feedback_id": feedback_id,
        "ratings": dict.fromkeys(RATINGS, 5),
        "comment": None,
        "provided_at": "2026-01-31T12:00:00Z",
    }
    for _ in range(2):  # delivered twice, before the contract has started
        service.publish(("EndOfContractFeedbackProvided", provided))
    service.end_contract(contract_id)
    service.start_contract(contract_id)

    def listed() -> list[dict[str, Any]] | None:
        return service.work_history().get(contract_id)

    [feedback] = eventually(listed, "the contract and its feedback")
    assert (feedback["feedback_id"], feedback["kind"], feedback["score"]) == (feedback_id, "end_of_contract", 5.0)
    assert feedback["counts_towards_job_success_score"] is True


def test_the_reference_of_a_call_leads_to_its_log_line(service: DeployedService) -> None:
    refused = service.tab("c-unknown", service.client)
    reference = refused.json()["reference"]
    assert refused.headers["apigw-requestid"] == reference
    logs, group = service.stack.client("logs"), service.stack.log_groups["functions"]

    def found() -> list[dict[str, Any]]:
        events = logs.filter_log_events(logGroupName=group, filterPattern=f'"{reference}"')["events"]
        return [json.loads(event["message"]) for event in events]

    [line] = eventually(found, "the line of the call")
    assert (line["reference"], line["code"]) == (reference, "contract_not_found")

"""Replays on the reference model what a deployed stack accepted, and compares what the stack shows."""

from datetime import UTC, datetime, timedelta

from tests.e2e.deployed_service import DeployedService
from tests.store.model_values import CORRECTION_WINDOW, Json, Person, Response, StartDetails, parsed
from tests.store.reference_model import ReferenceModel

# On one contract, within a month, the service accepts these actions in this order only.
ORDER = ("request", "submit", "submit by link", "end")
# The model is not told what becomes of e-mails. SES's events may still be on their way.
EMAIL_STATUSES = {("queued", None), ("sent", None), ("delivered", None), ("not_sent", "request_closed")}


def replay(service: DeployedService, started: list[Json], actions: list[Json]) -> ReferenceModel:
    """Repeats each action at the instant in its response, which must be the response of the model."""
    model = ReferenceModel()
    model.enabled.add(service.freelancer.id)
    people = (service.client, service.freelancer)
    client, freelancer = (Person(person.id, person.name, person.email) for person in people)
    for contract in parsed(started):
        start = StartDetails(contract["title"], contract["started_at"], client, freelancer)
        model.start_contract(contract["contract_id"], contract["started_at"], start, contract["started_at"])
        model.add_payment(contract["contract_id"], contract["paid_at"], datetime.now(UTC))
    for action in sorted(parsed(actions), key=lambda action: ORDER.index(action["action"])):
        if action["action"] == "end":
            model.end_contract(action["contract_id"], action["ended_at"], _cancelled_at(service, action))
        else:
            response = _repeat(model, action, client.id, freelancer.id)
            assert response == Response(201, None, action["response"])
    return model


def _repeat(model: ReferenceModel, action: Json, client_id: str, freelancer_id: str) -> Response:
    contract_id, sent, response = action["contract_id"], action["sent"], action["response"]
    if action["action"] == "request":
        at, new_id = response["requested_at"], response["request_id"]
        return model.request_feedback(contract_id, freelancer_id, sent.get("message"), at, new_id)
    at, new_id = response["provided_at"], response["feedback_id"]
    if action["action"] == "submit":
        return model.give_feedback(contract_id, client_id, sent, at, new_id)
    return model.submit_by_link(action["request_id"], sent, at, new_id)


def _cancelled_at(service: DeployedService, end: Json) -> datetime:
    """The instant at which the end was applied. Only a request that it cancelled shows it."""
    past = parsed(service.tab(end["contract_id"], service.client).json()["past_requests"])
    at: datetime
    [at] = [request["closed_at"] for request in past if request["status"] == "cancelled"] or [end["ended_at"]]
    assert end["ended_at"] <= at <= datetime.now(UTC)
    return at


def assert_shows(service: DeployedService, model: ReferenceModel) -> int:
    """Compares every tab and the work history with the model; returns the number of tabs."""
    people = (service.client, service.freelancer)
    for contract_id in model.contracts:
        for person in people:
            tab = parsed(service.tab(contract_id, person).json())
            now = _answered_at(tab)
            past = [view for view, _ in model.past_requests(contract_id, now)]
            expected = model.tab(contract_id, person.id, now).data | {"past_requests": past}
            for request in _requests(tab):
                assert _status_of_email(request) in EMAIL_STATUSES
            for request in (*_requests(tab), *_requests(expected)):
                del request["delivery"]
            assert tab == expected
    history = parsed(service.work_history())
    for contract in model.work_history(service.freelancer.id)["contracts"]:
        assert history[contract["contract_id"]] == contract["feedback"]
    return len(model.contracts) * len(people)


def _answered_at(tab: Json) -> datetime:
    """The service's own `now`, on which until when feedback could be corrected depends."""
    now = datetime.now(UTC)
    until: datetime | None = tab["correctable_until_if_given_now"]
    answered_at = until - CORRECTION_WINDOW if until else now
    assert now - timedelta(minutes=1) < answered_at <= now
    return answered_at


def _requests(tab: Json) -> list[Json]:
    return [*tab["past_requests"], *filter(None, [tab["open_request"]])]


def _status_of_email(request: Json) -> tuple[str, str | None]:
    email = request["delivery"]["email"]
    assert request["requested_at"] <= email["at"] <= datetime.now(UTC)
    return email["status"], email["reason"]

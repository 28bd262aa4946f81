"""What a deployed stack accepted, told again to the independent model; what it shows is held to what that says."""

from datetime import UTC, datetime
from typing import Any

from tests.e2e.deployed_service import DeployedService
from tests.store.model_values import Json, Person, Response, StartDetails
from tests.store.reference_model import ReferenceModel

ORDER = ("request", "submit", "submit by link", "end")  # as it must have been, of one contract within a month


def replay(service: DeployedService, started: list[Json], actions: list[Json]) -> ReferenceModel:
    """Each at the instant at which the service says it was done; its answer must be the model's."""
    model = ReferenceModel()
    model.enabled.add(service.freelancer.id)
    people = (service.client, service.freelancer)
    client, freelancer = (Person(person.id, person.name, person.email) for person in people)
    for contract in instants(started):
        start = StartDetails(contract["title"], contract["started_at"], client, freelancer)
        model.start_contract(contract["contract_id"], contract["started_at"], start)
        model.add_payment(contract["contract_id"], contract["paid_at"])
    for action in sorted(instants(actions), key=lambda action: ORDER.index(action["action"])):
        if action["action"] == "end":
            model.end_contract(action["contract_id"], action["ended_at"], _cancelled_at(service, action))
        else:
            assert _apply(model, action, client, freelancer) == Response(201, None, action["response"])
    return model


def _apply(model: ReferenceModel, action: Json, client: Person, freelancer: Person) -> Response:
    contract_id, sent, response = action["contract_id"], action["sent"], action["response"]
    match action["action"]:
        case "request":
            message = sent.get("message")
            return model.request_feedback(
                contract_id, freelancer.id, message, response["requested_at"], response["request_id"]
            )
        case "submit":
            return model.give_feedback(
                contract_id, client.id, sent, response["provided_at"], response["feedback_id"]
            )
    return model.submit_by_link(action["request_id"], sent, response["provided_at"], response["feedback_id"])


def _cancelled_at(service: DeployedService, end: Json) -> datetime:
    """When the end was applied, which only a request that it cancelled tells."""
    past = instants(service.tab(end["contract_id"], service.client).json()["past_requests"])
    [at] = [request["closed_at"] for request in past if request["status"] == "cancelled"] or [end["ended_at"]]
    assert end["ended_at"] <= at <= datetime.now(UTC)
    return at  # type: ignore[no-any-return]


def assert_shows(service: DeployedService, model: ReferenceModel) -> int:
    """How many tabs were compared, every part of each; and the work history with them."""
    people = (service.client, service.freelancer)
    for contract_id in model.contracts:
        for person in people:
            tab = instants(service.tab(contract_id, person).json())
            now = datetime.now(UTC)
            past = [view for view, _ in model.past_requests(contract_id, now)]
            assert tab == model.tab(contract_id, person.id, now).data | {"past_requests": past}
    expected = model.work_history(service.freelancer.id)["contracts"]
    history = instants(service.work_history())
    for contract in expected:
        assert history[contract["contract_id"]] == contract["feedback"]
    return len(model.contracts) * len(people)


def instants(found: Any, name: str = "") -> Any:
    """A body with its instants as such; reasons by their codes."""
    match found:
        case str() if name.endswith("_at"):
            return datetime.fromisoformat(found)
        case list() if name == "reasons":
            return {reason["code"]: instants(reason["clears_at"], "clears_at") for reason in found}
        case list():
            return [instants(entry) for entry in found]
        case dict():
            return {key: instants(value, key) for key, value in found.items()}
    return found

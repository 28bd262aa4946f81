"""What a deployed stack accepted, told again to the independent model; what it shows is held to what that says."""

from datetime import UTC, datetime
from typing import Any

from tests.e2e.marketplace import Marketplace
from tests.store.model import Model
from tests.store.modelled import Json, Person, Reply, Start

IN_TURN = ("asked", "given", "answered", "ended")  # as it must have been, of one contract within a month


def replayed(marketplace: Marketplace, started: list[Json], done: list[Json]) -> Model:
    """Each at the instant at which the service says it was done; its answer must be the model's."""
    model = Model()
    model.enabled.add(marketplace.freelancer.id)
    people = (marketplace.client, marketplace.freelancer)
    client, freelancer = (Person(one.id, one.name, one.email) for one in people)
    for contract in instants(started):
        start = Start(contract["title"], contract["started_at"], client, freelancer)
        model.start(contract["contract_id"], contract["started_at"], start)
        model.pay(contract["contract_id"], contract["paid_at"])
    for act in sorted(instants(done), key=lambda act: IN_TURN.index(act["was"])):
        if act["was"] == "ended":
            model.end(act["contract_id"], act["ended_at"], _cancelled_at(marketplace, act))
        else:
            assert _said(model, act, client, freelancer) == Reply(201, None, act["answer"])
    return model


def _said(model: Model, act: Json, client: Person, freelancer: Person) -> Reply:
    contract_id, sent, answer = act["contract_id"], act["sent"], act["answer"]
    match act["was"]:
        case "asked":
            message = sent.get("message")
            return model.ask(contract_id, freelancer.id, message, answer["requested_at"], answer["request_id"])
        case "given":
            return model.give(contract_id, client.id, sent, answer["provided_at"], answer["feedback_id"])
    return model.answer(act["request_id"], sent, answer["provided_at"], answer["feedback_id"])


def _cancelled_at(marketplace: Marketplace, end: Json) -> datetime:
    """When the end was applied, which only a request that it cancelled tells."""
    past = instants(marketplace.tab(end["contract_id"], marketplace.client).json()["past_requests"])
    [at] = [request["closed_at"] for request in past if request["status"] == "cancelled"] or [end["ended_at"]]
    assert end["ended_at"] <= at <= datetime.now(UTC)
    return at  # type: ignore[no-any-return]


def shows_what(marketplace: Marketplace, model: Model) -> int:
    """How many tabs were compared, every part of each; and the work history with them."""
    people = (marketplace.client, marketplace.freelancer)
    for contract_id in model.contracts:
        for person in people:
            tab = instants(marketplace.tab(contract_id, person).json())
            now = datetime.now(UTC)
            past = [view for view, _ in model.past(contract_id, now)]
            assert tab == model.tab(contract_id, person.id, now).data | {"past_requests": past}
    told = model.history(marketplace.freelancer.id)["contracts"]
    history = instants(marketplace.history())
    for contract in told:
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

"""Ids of other issuers and databases, percent-encoded in paths as API Gateway passes them on, and in tokens."""

from urllib.parse import quote

import pytest

from local.people import Person
from tests.builders import IDS, RATINGS
from tests.e2e.deployed_service import DeployedService, eventually
from tests.e2e.oidc_issuer import Issuer


@pytest.mark.parametrize("id_", IDS)
def test_an_id_is_the_same_in_events_tokens_and_paths(target: DeployedService, issuer: Issuer, id_: str) -> None:
    client, freelancer = (
        Person(role, f"{role}:{id_}", issuer.token(issuer.claims(f"{role}:{id_}")))
        for role in ("client", "freelancer")
    )
    people = {p.role: {"id": p.id, "name": p.name, "email": p.email} for p in (client, freelancer)}
    target.pay(id_)
    target.start_contract(id_, **people)
    path = f"/contracts/{quote(id_, safe='')}"
    eventually(lambda: target.call("GET", f"{path}/feedback", client).status_code == 200, "the contract")
    requested = target.call("POST", f"{path}/feedback-requests", freelancer, json={})
    assert (requested.status_code, requested.json()["contract_id"]) == (201, id_)
    tab = target.http.get(
        requested.url.join(requested.headers["Location"]), headers={"Authorization": f"Bearer {client.token}"}
    ).json()
    assert tab["open_request"] | {"delivery": None} == requested.json() | {"delivery": None}  # the e-mail proceeds
    assert target.call("POST", f"{path}/feedback", client, json={"ratings": RATINGS}).status_code == 201
    history = target.call("GET", f"/freelancers/{quote(freelancer.id, safe='')}/work-history").json()
    assert [contract["contract_id"] for contract in history["contracts"]] == [id_]

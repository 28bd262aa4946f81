"""`make seed` on a stack without a user pool: the issuer's own people get the sample contracts, in every state."""

import json
from dataclasses import asdict
from pathlib import Path

from local import seed
from tests.e2e.deployed_service import DeployedService
from tests.e2e.oidc_issuer import Issuer


def test_people_of_the_issuer_get_contracts_in_every_state(
    target: DeployedService, issuer: Issuer, tmp_path: Path
) -> None:
    (tmp_path / "stack.json").write_text(json.dumps(asdict(target.stack)))
    freelancer, client = (issuer.sign_in(target.stack, role) for role in ("seeded-ana", "seeded-ben"))
    people = seed.people(freelancer.id, client.id, freelancer.token, client.token)
    said = "\n".join(seed.seed(tmp_path, *people))
    assert "only started" not in said
    past = {
        contract_id: [request["status"] for request in target.tab(contract_id, client).json()["past_requests"]]
        for contract_id in ("c-declined", "c-withdrawn")
    }
    assert past == {"c-declined": ["declined"], "c-withdrawn": ["withdrawn"]}
    assert target.tab("c-open-request", freelancer).json()["open_request"]["status"] == "pending"
    given = {
        contract_id: [feedback["kind"] for feedback in target.tab(contract_id, client).json()["feedback"]]
        for contract_id in ("c-answered", "c-ended")
    }
    assert given == {"c-answered": ["mid_contract"], "c-ended": ["end_of_contract"]}

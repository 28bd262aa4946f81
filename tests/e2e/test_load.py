"""A bounded load of mixed traffic: no 5xx, and afterwards everything is there that was accepted, once."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.marketplace import Marketplace, eventually
from tests.soak import either
from tests.template import ROOT

LOCUST = ROOT / ".local/locust/bin/locust"
PEOPLE = 8
CONTRACTS = either(quick=12, soak=150)
SECONDS = either(quick=8, soak=180)

type Accepted = list[dict[str, Any]]


def test_mixed_traffic(marketplace: Marketplace, tmp_path: Path, tried: Callable[[str, int], None]) -> None:
    contracts = [marketplace.a_running_contract() for _ in range(CONTRACTS)]
    answers, accepted = _load(marketplace, contracts, tmp_path)
    assert {answer["name"] for answer in answers} == {"tab", "work history", "ask", "give"}
    assert [answer for answer in answers if answer["num_failures"]] == []
    for contract_id in contracts:
        _holds_what_was_accepted(marketplace, contract_id, accepted)
    everything = {entry["feedback_id"] for entries in marketplace.history().values() for entry in entries}
    assert everything >= {entry["feedback_id"] for entry in accepted if "feedback_id" in entry}
    _everybody_was_told_once(marketplace, accepted)
    tried("calls under load", sum(answer["num_requests"] for answer in answers))


def _load(marketplace: Marketplace, contracts: list[str], directory: Path) -> tuple[list[Any], Accepted]:
    scene, log = directory / "scene.json", directory / "accepted.jsonl"
    people = {"freelancer": marketplace.freelancer, "client": marketplace.client}
    tokens = {role: person.token for role, person in people.items()}
    scene.write_text(
        json.dumps({"contracts": contracts, "tokens": tokens, "freelancer_id": marketplace.freelancer.id})
    )
    log.touch()
    options = ["--headless", "--json", f"--users={PEOPLE}", f"--spawn-rate={PEOPLE}", f"--run-time={SECONDS}s"]
    run = subprocess.run(  # noqa: S603
        [LOCUST, f"--locustfile={ROOT}/tests/load/locustfile.py", f"--host={marketplace.stack.api_url}", *options],
        env={"SCENE": str(scene), "ACCEPTED": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-5_000:]
    accepted = [json.loads(line) for line in log.read_text().splitlines()]
    return json.loads(run.stdout), accepted


def _holds_what_was_accepted(marketplace: Marketplace, contract_id: str, accepted: Accepted) -> None:
    about = [entry for entry in accepted if entry["contract_id"] == contract_id]
    tab = marketplace.tab(contract_id, marketplace.client).json()
    given = [entry["feedback_id"] for entry in about if "feedback_id" in entry]
    asked = [entry["request_id"] for entry in about if "feedback_id" not in entry]
    assert len(given) <= 1  # a second one would be too soon
    assert len(asked) <= 1
    assert [entry["feedback_id"] for entry in tab["feedback"]] == given
    open_request = [tab["open_request"]] if tab["open_request"] else []
    assert [request["request_id"] for request in open_request + tab["past_requests"]] == asked
    assert not (open_request and given), "feedback fulfils the open request"


def _everybody_was_told_once(marketplace: Marketplace, accepted: Accepted) -> None:
    expected = Counter(
        (entry["contract_id"], "feedback_provided" if "feedback_id" in entry else "feedback_requested")
        for entry in accepted
    )

    def told() -> Counter[tuple[str, str]]:
        marketplace.dash("feedback_provided", "")
        return Counter(
            (message["contract_id"], message["kind"])
            for message in marketplace.dash_messages
            if (message["contract_id"], message["kind"]) in expected
        )

    eventually(lambda: told() == expected, "every Dash message")

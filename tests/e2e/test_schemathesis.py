"""schemathesis checks that the deployed stack does what docs/openapi.json says."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Tried
from tests.e2e.deployed_service import DeployedService, eventually
from tests.openapi_document import document
from tests.soak import SOAK, either
from tests.template import ROOT

CONTRACTS = 3
REQUESTS = 6
OF_CONTRACTS = ("feedbackTab", "probeFeedbackTab", "requestFeedback", "giveFeedback")
OF_FEEDBACK = ("correctFeedback", "reply", "takeBackReply", "reportFeedback")
OF_PREFERENCES = ("emailPreferences", "probeEmailPreferences", "chooseEmails")


def test_every_response_is_as_documented(
    target: DeployedService, known_resources: Path, tmp_path: Path, tried: Tried
) -> None:
    report = tmp_path / "report.json"
    run = subprocess.run(  # noqa: S603
        [
            ROOT / ".venv/bin/schemathesis",
            "--config-file",
            ROOT / "tests/e2e/schemathesis.toml",
            "run",
            ROOT / "docs/openapi.json",
            f"--url={target.stack.api_url}",
            f"--max-examples={either(5, 400)}",
            f"--phases={'examples,coverage,fuzzing,stateful' if SOAK else 'coverage,fuzzing'}",
            "--report=json",
            f"--report-json-path={report}",
            "--no-color",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "KNOWN_RESOURCES": str(known_resources),
            "PYTHONPATH": str(ROOT),
            "NO_PROXY": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-12_000:] + run.stderr[-4_000:]
    found = json.loads(report.read_text())
    assert not _operations_never_accepted(found)
    tried("schemathesis cases", found["test_cases"]["generated"])


@pytest.fixture(scope="module")
def known_resources(target: DeployedService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file with what exists: contracts, open requests and their links, and lists with a cursor.

    Afterwards the client is subscribed to e-mails again.
    """
    *contracts, muted = [target.an_eligible_contract() for _ in range(CONTRACTS + 1)]
    requests: list[dict[str, list[str]]] = []
    links: list[str] = []
    for number in range(REQUESTS):
        title = f"Contract {number} of schemathesis"
        request = target.request_feedback(target.an_eligible_contract(title=title)).json()
        requests.append({name: [request[name]] for name in ("contract_id", "request_id")})
        links.append(target.emailed_token(title))
    read, declined, withdrawn, *answered = range(REQUESTS)
    given, reported = (_feedback(target) for _ in range(2))
    corrected = f"Contract {REQUESTS} of schemathesis"
    target.request_feedback(target.an_eligible_contract(title=corrected))
    used_link = target.emailed_token(corrected)
    assert target.submit_by_link(used_link).status_code == 201
    preferences = target.emailed_token("Contract 0 of schemathesis", page="email-preferences")
    freelancer = target.freelancer.id
    page = target.call("GET", f"/freelancers/{freelancer}/work-history?limit=1").json()
    path_parameters: dict[str, dict[str, list[str]]] = {
        **{name: {"contract_id": contracts} for name in OF_CONTRACTS},
        "setRequestPreference": {"contract_id": [muted]},
        "declineRequest": requests[declined],
        "declineRequestByLink": {"token": [links[declined]]},
        "withdrawRequest": requests[withdrawn],
        **{name: {"token": [links[read]]} for name in ("feedbackLink", "probeFeedbackLink")},
        "giveFeedbackByLink": {"token": [links[number] for number in answered]},
        **dict.fromkeys(OF_FEEDBACK, given),
        "moderate": reported,
        "correctFeedbackByLink": {"token": [used_link]},
        **{name: {"token": [preferences]} for name in OF_PREFERENCES},
        **{name: {"freelancer_id": [freelancer]} for name in ("workHistory", "probeWorkHistory")},
    }
    waiting = target.call("GET", "/feedback-requests?limit=1", target.client).json()
    cursors = {
        **dict.fromkeys(("workHistory", "probeWorkHistory"), page["next_cursor"]),
        **dict.fromkeys(("openRequests", "probeOpenRequests"), waiting["next_cursor"]),
        **dict.fromkeys(("openReports", "probeOpenReports"), _cursor_of_reports(target, reported)),
    }
    described: dict[str, Any] = {
        "tokens": {"freelancer": target.freelancer.token, "client": target.client.token},
        "path_parameters": path_parameters,
        "cursors": cursors,
    }
    file = tmp_path_factory.mktemp("schemathesis") / "known.json"
    file.write_text(json.dumps(described))
    yield file
    subscribed = {"feedback_requests": "subscribed"}
    assert target.call("POST", f"/email-preferences/{preferences}", json=subscribed).status_code == 200


def _feedback(target: DeployedService) -> dict[str, list[str]]:
    """The path of new feedback."""
    contract_id = target.an_eligible_contract()
    given = target.give_feedback(contract_id).json()
    return {"contract_id": [contract_id], "feedback_id": [given["feedback_id"]]}


def _cursor_of_reports(target: DeployedService, about: dict[str, list[str]]) -> str:
    """The cursor of the second of two pages, once the index has two reports about this feedback."""
    [contract_id], [feedback_id] = about["contract_id"], about["feedback_id"]
    body = {"target": "feedback", "ground": "off_topic"}
    for person in (target.client, target.freelancer):
        path = f"/contracts/{contract_id}/feedback/{feedback_id}/reports"
        assert target.call("POST", path, person, json=body).status_code == 201

    def following() -> str | None:
        page = target.signed_call("GET", "/reports?limit=1").raise_for_status()
        found: str | None = page.json()["next_cursor"]
        return found

    return eventually(following, "a second page of reports")


def _operations_never_accepted(report: dict[str, Any]) -> set[str]:
    """Operations without a single 2xx, of which it would have seen refusals only."""
    operations = {
        f"{method.upper()} {path}" for path, methods in document()["paths"].items() for method in methods
    }
    accepted = {
        operation
        for operation, phases in report["valid_rates"].items()
        if sum(phase["accepted"] for phase in phases.values())
    }
    return operations - accepted

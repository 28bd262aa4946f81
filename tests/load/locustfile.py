"""Mixed traffic of people on a few contracts. tests/e2e/test_load.py runs it, in an environment with Locust.

Every accepted command is appended to the file ACCEPTED, so that the test can compare it with the model.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, task

SCENARIO: dict[str, Any] = json.loads(Path(os.environ["SCENARIO"]).read_text())
ACCEPTED = Path(os.environ["ACCEPTED"])
CATEGORIES = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")
# Responses to commands that are not failures: accepted, or refused with a reason.
EXPECTED_OUTCOMES = {201: "accepted", 409: "refused", 410: "refused"}


class Person(FastHttpUser):
    """Somebody who does everything once, and then one random thing after another, half of them reads."""

    wait_time = constant(0)

    def on_start(self) -> None:
        for task_function in random.sample(tasks := [*dict.fromkeys(self.tasks)], len(tasks)):
            task_function(self)

    @task(3)
    def read_tab(self) -> None:
        role = random.choice(("freelancer", "client"))  # noqa: S311
        self._read(f"/contracts/{self._random_contract()}/feedback", "tab", role)

    @task(3)
    def read_work_history(self) -> None:
        self._read(f"/freelancers/{SCENARIO['freelancer_id']}/work-history", "work history")

    @task(2)
    def request_feedback(self) -> None:
        contract_id, body = self._random_contract(), {"message": f"  Under load: {random.random()}\n"}  # noqa: S311
        path = f"/contracts/{contract_id}/feedback-requests"
        self._command(path, "request", "freelancer", body, action="request", contract_id=contract_id)

    @task(2)
    def give_feedback(self) -> None:
        contract_id = self._random_contract()
        path = f"/contracts/{contract_id}/feedback"
        self._command(path, "submit", "client", self._feedback(), action="submit", contract_id=contract_id)

    @task(2)
    def submit_by_link(self) -> None:
        link = random.choice(SCENARIO["links"])  # noqa: S311
        ids = {"contract_id": link["contract_id"], "request_id": link["request_id"]}
        self._command(
            f"/feedback-links/{link['token']}",
            "submit by link",
            "",
            self._feedback(),
            action="submit by link",
            **ids,
        )

    def _feedback(self) -> dict[str, Any]:
        ratings = {category: random.randint(1, 5) for category in CATEGORIES}  # noqa: S311
        return {"ratings": ratings, "comment": f" Under load: {random.random()} "}  # noqa: S311

    def _random_contract(self) -> str:
        chosen: str = random.choice(SCENARIO["contracts"])  # noqa: S311
        return chosen

    def _read(self, path: str, name: str, role: str = "") -> None:
        with self.client.get(path, headers=self._signed_in(role), name=name, catch_response=True) as response:
            if response.status_code != 200:
                response.failure(f"{response.status_code} {response.text}")

    def _command(self, path: str, name: str, role: str, body: Any, **ids: str) -> None:
        with self.client.post(
            path, headers=self._signed_in(role), json=body, name=name, catch_response=True
        ) as response:
            outcome = EXPECTED_OUTCOMES.get(response.status_code)
            if outcome is None:
                response.failure(f"{response.status_code} {response.text}")
                return
            response.success()
            if outcome == "accepted":
                with ACCEPTED.open("a") as log:
                    log.write(f"{json.dumps({**ids, 'sent': body, 'response': response.json()})}\n")

    def _signed_in(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {SCENARIO['tokens'][role]}"} if role else {}

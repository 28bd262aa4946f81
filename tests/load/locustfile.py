"""Mixed traffic of people on a few contracts, in an environment of its own; tests/e2e/test_load.py looks after it.

Everything that was accepted is written down, so that it can be looked for afterwards.
"""

import json
import os
import random
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, task

SCENE: dict[str, Any] = json.loads(Path(os.environ["SCENE"]).read_text())
ACCEPTED = Path(os.environ["ACCEPTED"])
CATEGORIES = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")
# What is a truthful answer to a command: done, or refused with the reason.
TRUTHFUL = {201: "accepted", 409: "refused", 410: "refused"}


class Person(FastHttpUser):
    """Somebody who does everything once, then one thing after another, chosen by chance: half of it reads."""

    wait_time = constant(0)

    def on_start(self) -> None:
        for act in random.sample(acts := [*dict.fromkeys(self.tasks)], len(acts)):
            act(self)

    @task(3)
    def look_at_the_tab(self) -> None:
        role = random.choice(("freelancer", "client"))  # noqa: S311
        self._read(f"/contracts/{self._contract()}/feedback", "tab", role)

    @task(3)
    def look_at_the_work_history(self) -> None:
        self._read(f"/freelancers/{SCENE['freelancer_id']}/work-history", "work history")

    @task(2)
    def ask(self) -> None:
        contract_id, body = self._contract(), {"message": f"  Under load: {random.random()}\n"}  # noqa: S311
        path = f"/contracts/{contract_id}/feedback-requests"
        self._command(path, "ask", "freelancer", body, was="asked", contract_id=contract_id)

    @task(2)
    def give(self) -> None:
        contract_id = self._contract()
        path = f"/contracts/{contract_id}/feedback"
        self._command(path, "give", "client", self._answer(), was="given", contract_id=contract_id)

    @task(2)
    def answer_by_link(self) -> None:
        link = random.choice(SCENE["links"])  # noqa: S311
        about = {"contract_id": link["contract_id"], "request_id": link["request_id"]}
        self._command(f"/feedback-links/{link['token']}", "answer", "", self._answer(), was="answered", **about)

    def _answer(self) -> dict[str, Any]:
        ratings = {category: random.randint(1, 5) for category in CATEGORIES}  # noqa: S311
        return {"ratings": ratings, "comment": f" Under load: {random.random()} "}  # noqa: S311

    def _contract(self) -> str:
        chosen: str = random.choice(SCENE["contracts"])  # noqa: S311
        return chosen

    def _read(self, path: str, name: str, role: str = "") -> None:
        with self.client.get(path, headers=self._signed_in(role), name=name, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} {answer.text}")

    def _command(self, path: str, name: str, role: str, body: Any, **about: str) -> None:
        with self.client.post(
            path, headers=self._signed_in(role), json=body, name=name, catch_response=True
        ) as answer:
            outcome = TRUTHFUL.get(answer.status_code)
            if outcome is None:
                answer.failure(f"{answer.status_code} {answer.text}")
                return
            answer.success()
            if outcome == "accepted":
                with ACCEPTED.open("a") as log:
                    log.write(f"{json.dumps({**about, 'sent': body, 'answer': answer.json()})}\n")

    def _signed_in(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {SCENE['tokens'][role]}"} if role else {}

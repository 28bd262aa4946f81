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
RATINGS = dict.fromkeys(("skills", "quality", "availability", "deadlines", "communication", "cooperation"), 4)
# What is a truthful answer to a command: done, or refused with the reason.
TRUTHFUL = {201: "accepted", 409: "refused", 410: "refused"}


class Person(FastHttpUser):
    """Somebody who does one thing after another, chosen by chance: two thirds reads."""

    wait_time = constant(0)

    @task(4)
    def look_at_the_tab(self) -> None:
        role = random.choice(("freelancer", "client"))  # noqa: S311
        self._read(f"/contracts/{self._contract()}/feedback", "tab", role)

    @task(4)
    def look_at_the_work_history(self) -> None:
        self._read(f"/freelancers/{SCENE['freelancer_id']}/work-history", "work history")

    @task(2)
    def ask(self) -> None:
        self._command(f"/contracts/{self._contract()}/feedback-requests", "ask", "freelancer", {})

    @task(2)
    def give(self) -> None:
        body = {"ratings": RATINGS, "comment": "Under load."}
        self._command(f"/contracts/{self._contract()}/feedback", "give", "client", body)

    def _contract(self) -> str:
        chosen: str = random.choice(SCENE["contracts"])  # noqa: S311
        return chosen

    def _read(self, path: str, name: str, role: str = "") -> None:
        with self.client.get(path, headers=self._signed_in(role), name=name, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} {answer.text}")

    def _command(self, path: str, name: str, role: str, body: Any) -> None:
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
                    log.write(f"{json.dumps(answer.json())}\n")

    def _signed_in(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {SCENE['tokens'][role]}"} if role else {}

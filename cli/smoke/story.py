"""A contract from its start to its end: events in, the history, the tab, a request, and the request's e-mail."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import uuid4

import httpx

from cli.smoke.check import Check, answer, eventually
from cli.smoke.person import Person

SIMULATOR: Final = "success+smoke@simulator.amazonses.com"
"""SES accepts e-mails to it even in its sandbox, and they count as no bounce."""
ACCEPTED: Final = "accepted by SES"


def check_token(api: httpx.Client, person: Person) -> Check:
    """That API Gateway accepts a token. The service then answers that there is no such contract."""
    response = api.get("/contracts/smoke/feedback", headers=person.headers)
    return Check("a token of the issuer is accepted", "404 contract_not_found", answer(response))


@dataclass(frozen=True)
class Story:
    """One contract, which stays in the table.

    Its client does not exist; its freelancer is `person`, or does not exist either.
    """

    api: httpx.Client
    events: Any
    logs: Any
    bus: str
    source: str
    log_group: str
    person: Person | None
    contract_id: str = field(default_factory=lambda: f"smoke-{uuid4()}")
    freelancer_id: str = field(default_factory=lambda: f"smoke-{uuid4()}")
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def checks(self) -> Iterator[Check]:
        self._publish("ContractStarted", started_at=self._instant(days_ago=400), **self._details())
        self._publish("PaymentMade", payment_id=self.contract_id, paid_at=self._instant())
        # CloudFront keeps each page of a history for a minute, so every look is at a page of another length.
        lengths = count(1)
        found = eventually(lambda: self._history(next(lengths)), "yes")
        yield Check("a contract event reaches the work history", "yes", found)
        if self.person and found == "yes":
            yield from self._signed_in_checks(self.person)
        self._publish("ContractEnded", ended_at=self._instant())  # which closes the request

    def _signed_in_checks(self, person: Person) -> Iterator[Check]:
        path = f"/contracts/{self.contract_id}/feedback"
        found = eventually(lambda: answer(self.api.get(path, headers=person.headers)), "200")
        yield Check("a contract event reaches the tab", "200", found)
        responses: list[httpx.Response] = []

        def ask() -> str:
            """The payment may arrive after the start."""
            responses.append(self.api.post(f"{path}-requests", headers=person.headers, json={}))
            return answer(responses[-1])

        yield Check("its freelancer can ask for feedback", "201", eventually(ask, "201"))
        if responses[-1].status_code == httpx.codes.CREATED:
            request_id = responses[-1].json()["request_id"]
            found = eventually(lambda: self._email(request_id), ACCEPTED)
            yield Check("the request's e-mail", ACCEPTED, found)

    def _details(self) -> dict[str, Any]:
        freelancer_id = self.person.id if self.person else self.freelancer_id
        return {
            "title": "Smoke check",
            "client": {"id": f"client-of-{self.contract_id}", "name": "Smoke check", "email": SIMULATOR},
            "freelancer": {"id": freelancer_id, "name": "Smoke check", "email": SIMULATOR},
        }

    def _publish(self, kind: str, **detail: Any) -> None:
        body = json.dumps({"contract_id": self.contract_id, **detail})
        entry = {"EventBusName": self.bus, "Source": self.source, "DetailType": kind, "Detail": body}
        self.events.put_events(Entries=[entry])

    def _instant(self, days_ago: int = 0) -> str:
        return f"{self.began - timedelta(days=days_ago):%FT%TZ}"

    def _history(self, limit: int) -> str:
        freelancer_id = self._details()["freelancer"]["id"]
        page = self.api.get(f"/freelancers/{freelancer_id}/work-history", params={"limit": limit})
        return "yes" if self.contract_id in page.text else "not yet"

    def _email(self, request_id: str) -> str:
        """What the functions' log says of the e-mail."""
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.log_group,
            startTime=int(self.began.timestamp() * 1000),
            filterPattern=f'"email:feedback_requested:{request_id}"',
        )
        messages = [event["message"] for page in pages for event in page["events"]]
        lines = [json.loads(message) for message in messages if message.startswith("{")]
        if any(line["message"] == "notify accepted" for line in lines):
            return ACCEPTED
        failed = [line for line in lines if line["message"] == "record failed"]
        causes = [f"{line['dependency']} {line['operation']} {line['cause']}" for line in failed]
        return causes[-1] if causes else "not sent yet"

"""A marketplace around the deployed stack: it speaks public HTTP, events, mail and queues, and nothing else."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.people import Person
from local.stack import Stack
from tests.builders import RATINGS
from tests.log_search import LogSearch
from tests.openapi_document import route_of, undocumented

TIMEOUT = 30  # seconds until something that must come has not


def eventually[Found](find: Callable[[], Found | None], what: str) -> Found:
    """What `find` finds, as soon as it finds anything. Here the clock is real: the cloud has clocks of its own."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {TIMEOUT} s in vain for {what}")


@dataclass
class DeployedService:
    stack: Stack
    freelancer: Person
    client: Person
    queue_url: str
    dash_messages: list[dict[str, Any]] = field(default_factory=list)
    logs: LogSearch = field(default_factory=LogSearch)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=120, trust_env=False))

    # -- contract events in ------------------------------------------------------------------------------

    def publish(self, *events: tuple[str, dict[str, Any]], at: datetime | None = None) -> None:
        entries = [
            {
                "EventBusName": self.stack.event_bus_name,
                "Source": "marketplace.contracts",
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
                **({"Time": at} if at else {}),
            }
            for detail_type, detail in events
        ]
        response = self.stack.client("events").put_events(Entries=entries)
        assert response["FailedEntryCount"] == 0, response

    def start_contract(self, contract_id: str, **overrides: Any) -> None:
        people = {
            role: {"id": person.id, "name": person.name, "email": person.email}
            for role, person in (("client", self.client), ("freelancer", self.freelancer))
        }
        started = {
            "contract_id": contract_id,
            "title": "Website relaunch",
            "started_at": days_ago(60),
            **people,
            **overrides,
        }
        self.publish(("ContractStarted", started))

    def pay(self, contract_id: str, paid_at: str | None = None) -> None:
        paid = {"contract_id": contract_id, "payment_id": f"p-{uuid4()}", "paid_at": paid_at or days_ago(1)}
        self.publish(("PaymentMade", paid))

    def end_contract(self, contract_id: str) -> None:
        self.publish(("ContractEnded", {"contract_id": contract_id, "ended_at": days_ago(0)}))

    def an_eligible_contract(self, **overrides: Any) -> str:
        """Old enough and paid; returns its id once the marketplace's events have arrived."""
        contract_id = f"c-{uuid4()}"
        self.pay(contract_id)  # before its contract, as it may happen
        self.start_contract(contract_id, **overrides)
        eventually(lambda: self.is_eligible(contract_id), "the contract to arrive")
        return contract_id

    def is_eligible(self, contract_id: str) -> bool:
        tab = self.tab(contract_id, self.client)
        return tab.status_code == 200 and bool(tab.json()["actions"]["give_feedback"]["eligible"])

    def is_active(self, contract_id: str) -> bool:
        status: str = self.tab(contract_id, self.client).json()["contract"]["status"]
        return status == "active"

    # -- HTTP --------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, person: Person | None = None, **parameters: Any) -> httpx.Response:
        headers = parameters.pop("headers", {})
        if person:
            headers = {"Authorization": f"Bearer {person.token}", **headers}
        self.logs.forbid_private_parts([headers, parameters.get("json")])
        response = self.http.request(method, f"{self.stack.api_url}{path}", headers=headers, **parameters)
        if method != "OPTIONS":  # that is API Gateway's own, for browsers
            route = route_of(method, path)
            assert not (why := undocumented(route, response.status_code, response.headers, response.text)), why
        return response

    def tab(self, contract_id: str, person: Person) -> httpx.Response:
        return self.call("GET", f"/contracts/{contract_id}/feedback", person)

    def request_feedback(
        self, contract_id: str, message: str = "How is it going?", **parameters: Any
    ) -> httpx.Response:
        path = f"/contracts/{contract_id}/feedback-requests"
        return self.call("POST", path, self.freelancer, json={"message": message}, **parameters)

    def give_feedback(
        self, contract_id: str, comment: str = "Reliable and quick.", **parameters: Any
    ) -> httpx.Response:
        body = {"ratings": RATINGS, "comment": comment}
        return self.call("POST", f"/contracts/{contract_id}/feedback", self.client, json=body, **parameters)

    def open_link(self, token: str) -> httpx.Response:
        return self.call("GET", f"/feedback-links/{token}")

    def submit_by_link(self, token: str, comment: str = "Reliable and quick.") -> httpx.Response:
        return self.call("POST", f"/feedback-links/{token}", json={"ratings": RATINGS, "comment": comment})

    def sweep(self) -> httpx.Response:
        """An operator's, signed with IAM."""
        url = f"{self.stack.api_url}/expirations"
        request = AWSRequest("POST", url, headers={"Host": urlsplit(url).netloc}, data=b"")
        SigV4Auth(Credentials("test", "test"), "execute-api", self.stack.region).add_auth(request)
        return self.call("POST", "/expirations", headers=dict(request.headers), content=b"")

    def work_history(self) -> dict[str, list[dict[str, Any]]]:
        """The freelancer's feedback by contract, from as many pages as there are."""
        contracts: dict[str, list[dict[str, Any]]] = {}
        cursor = ""
        while True:
            path = f"/freelancers/{self.freelancer.id}/work-history?limit=100{cursor}"
            page = self.call("GET", path).raise_for_status().json()
            for contract in page["contracts"]:
                contracts.setdefault(contract["contract_id"], []).extend(contract["feedback"])
            if page["next_cursor"] is None:
                return contracts
            cursor = f"&cursor={page['next_cursor']}"

    # -- mail and messages out -----------------------------------------------------------------------------

    def emails(self, text: str) -> list[dict[str, Any]]:
        """Mails that mention `text`, oldest first."""
        response = self.http.get(f"{self.stack.endpoint_url}/_ministack/ses/messages").raise_for_status()
        sent = [mail for account in response.json()["messages"].values() for mail in account]
        return [mail for mail in sent if text in mail["BodyText"]]

    def emailed_token(self, title: str) -> str:
        """The token in the link of the newest mail about this contract."""
        mail = eventually(lambda: self.emails(title), f"a mail about {title}")[-1]
        found = re.search(r"#t=([\w.-]+)", mail["BodyText"])
        assert found, mail["BodyText"]
        return found[1]

    def dash_messages_about(self, kind: str, contract_id: str) -> list[dict[str, Any]]:
        """Dash messages of this kind about this contract that have come so far."""
        self.receive_dash_messages()
        return [m for m in self.dash_messages if (m["kind"], m["contract_id"]) == (kind, contract_id)]

    def receive_dash_messages(self) -> int:
        """How many were received now; there may be more."""
        sqs = self.stack.client("sqs")
        received = sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            self.dash_messages.append(json.loads(message["Body"]))
        return len(received)

    def queue_depth(self, queue: str) -> int:
        """How many messages there are in one of the stack's queues, those being handled as well."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.stack.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.queue_urls[queue], AttributeNames=names
        )
        return sum(int(found["Attributes"][name]) for name in names)

    # -- the log -------------------------------------------------------------------------------------------

    def private_data_in_logs(self) -> list[str]:
        """What private things there are in the log of any function or of the API, with their lines."""
        self._register_private_data()
        logs = self.stack.client("logs")
        for groups in logs.get_paginator("describe_log_groups").paginate():
            for group in groups["logGroups"]:
                pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                for page in pages:
                    for event in page["events"]:
                        self.logs.read(event["message"])
        return self.logs.found()

    def _register_private_data(self) -> None:
        """Every mail's link and address, every text that is stored, everybody's token, and the signing key."""
        self.logs.forbid(self.freelancer.token, self.client.token)
        secret = self.stack.client("secretsmanager").get_secret_value(SecretId=self.stack.link_key_secret)
        self.logs.forbid(*json.loads(secret["SecretString"]).values())
        for mail in self.emails(""):
            self.logs.forbid(*mail["To"], *re.findall(r"#t=([\w.-]+)", mail["BodyText"]))
        dynamodb = self.stack.client("dynamodb")
        for page in dynamodb.get_paginator("scan").paginate(TableName=self.stack.table_name):
            for row in page["Items"]:
                self.logs.forbid_private_parts({name: _plain(value) for name, value in row.items()})


def _plain(attribute: dict[str, Any]) -> Any:
    """A DynamoDB attribute without its types."""
    [(kind, value)] = attribute.items()
    if kind == "M":
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if kind == "L" else value


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()

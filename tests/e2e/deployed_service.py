"""A client of the deployed stack: public HTTP, contract events, e-mails, Dash messages, queues and logs."""

import http.client
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx
from boto3.dynamodb.types import TypeDeserializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.people import Person
from local.stack import Stack
from tests.builders import RATINGS
from tests.log_search import LogSearch
from tests.openapi_document import route_of, undocumented

TIMEOUT = 60  # seconds; a busy machine needs as many for the first call of a new stack
ROOT_USER = Credentials("test", "test")  # the local cloud's own credentials, which may do everything


def eventually[Found](find: Callable[[], Found | None], what: str) -> Found:
    """Calls `find` until it returns something, which is returned. Deployed stacks run on the real clock."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {TIMEOUT} s")


class RawResponse(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class DeployedService:
    stack: Stack
    freelancer: Person
    client: Person
    queue_url: str
    dash_messages: list[dict[str, Any]] = field(default_factory=list)
    domain_events: list[dict[str, Any]] = field(default_factory=list)
    logs: LogSearch = field(default_factory=LogSearch)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=120, trust_env=False))

    # -- contract events ---------------------------------------------------------------------------------

    def publish(self, *events: tuple[str, dict[str, Any]], at: datetime | None = None) -> None:
        entries = [
            {
                "EventBusName": self.stack.event_bus_name,
                "Source": self.stack.event_source,
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
                **({"Time": at} if at else {}),
            }
            for detail_type, detail in events
        ]
        response = self.stack.client("events").put_events(Entries=entries)
        assert response["FailedEntryCount"] == 0, response

    def start_contract(self, contract_id: str, **overrides: Any) -> None:
        self.publish(("ContractStarted", self.start_details(contract_id, **overrides)))

    def start_details(self, contract_id: str, **overrides: Any) -> dict[str, Any]:
        """The detail of a ContractStarted event."""
        people = {
            person.role: {"id": person.id, "name": person.name, "email": person.email}
            for person in (self.client, self.freelancer)
        }
        described = {"contract_id": contract_id, "title": "Website relaunch", "started_at": days_ago(60)}
        return {**described, **people, **overrides}

    def pay(self, contract_id: str, paid_at: str | None = None) -> None:
        paid = {"contract_id": contract_id, "payment_id": f"p-{uuid4()}", "paid_at": paid_at or days_ago(1)}
        self.publish(("PaymentMade", paid))

    def end_contract(self, contract_id: str) -> None:
        self.publish(("ContractEnded", {"contract_id": contract_id, "ended_at": days_ago(0)}))

    def an_eligible_contract(self, **overrides: Any) -> str:
        """Starts a contract that is old enough and paid; returns its id once its events are applied."""
        contract_id = f"c-{uuid4()}"
        self.pay(contract_id)  # before the start: events may arrive in any order
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
        if method != "OPTIONS":  # API Gateway answers CORS preflights itself
            route = route_of(method, path)
            assert not (why := undocumented(route, response.status_code, response.headers, response.text)), why
        return response

    def send_raw(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}) -> RawResponse:
        """Sends path and method byte for byte. Other HTTP clients would normalise them."""
        address = urlsplit(self.stack.api_url)
        assert address.hostname
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        connection._validate_path = lambda _: None  # type: ignore[attr-defined]
        connection.putrequest(method, f"{address.path}{path}", skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        lower = {name.lower(): value for name, value in response.getheaders()}
        found = RawResponse(response.status, lower, response.read())
        connection.close()
        return found

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

    def sweep(self, headers: Mapping[str, str] = {}, by: Credentials = ROOT_USER) -> httpx.Response:
        """Runs a sweep as an operator."""
        return self.signed_call("POST", "/expirations", headers=headers, by=by)

    def signed_call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] = {},
        by: Credentials = ROOT_USER,
    ) -> httpx.Response:
        """The call of an operator, signed for IAM."""
        url = f"{self.stack.api_url}{path}"
        request = AWSRequest(method, url, headers={"Host": urlsplit(url).netloc, **headers}, data=body)
        SigV4Auth(by, "execute-api", self.stack.region).add_auth(request)
        return self.http.request(method, url, headers=dict(request.headers), content=body)

    def work_history(self) -> dict[str, list[dict[str, Any]]]:
        """The freelancer's feedback by contract id, from all pages."""
        contracts: dict[str, list[dict[str, Any]]] = {}
        cursor = ""
        while True:
            path = f"/freelancers/{quote(self.freelancer.id, safe='')}/work-history?limit=100{cursor}"
            page = self.call("GET", path).raise_for_status().json()
            for contract in page["contracts"]:
                contracts.setdefault(contract["contract_id"], []).extend(contract["feedback"])
            if page["next_cursor"] is None:
                return contracts
            cursor = f"&cursor={page['next_cursor']}"

    # -- e-mails and messages ----------------------------------------------------------------------------

    def emails(self, text: str) -> list[dict[str, Any]]:
        """E-mails that contain `text`, oldest first."""
        response = self.http.get(f"{self.stack.endpoint_url}/_ministack/ses/messages").raise_for_status()
        sent = [email for account in response.json()["messages"].values() for email in account]
        return [email for email in sent if text in email["BodyText"]]

    def emailed_token(self, title: str, page: str = "feedback") -> str:
        """The token of the link to a page in the newest e-mail about this contract."""
        email = eventually(lambda: self.emails(title), f"an e-mail about {title}")[-1]
        found = re.search(rf"/app/{page}#t=([\w.-]+)", email["BodyText"])
        assert found, email["BodyText"]
        return found[1]

    def dash_messages_about(self, kind: str, contract_id: str) -> list[dict[str, Any]]:
        """The Dash messages of this kind about this contract so far."""
        self.receive_all_messages()
        return [m for m in self.dash_messages if (m["kind"], m["contract_id"]) == (kind, contract_id)]

    def domain_events_of(self, contract_id: str) -> dict[str, dict[str, Any]]:
        """The domain events of a contract so far: their details by detail-type."""
        self.receive_all_messages()
        found = [event for event in self.domain_events if event["detail"]["contract_id"] == contract_id]
        return {event["detail-type"]: event["detail"] for event in found}

    def receive_all_messages(self) -> None:
        while self.receive_messages():
            pass

    def receive_messages(self) -> int:
        """Receives some of the waiting Dash messages and domain events; returns how many."""
        sqs = self.stack.client("sqs")
        received = sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            body = json.loads(message["Body"])
            (self.domain_events if "detail-type" in body else self.dash_messages).append(body)
        return len(received)

    def queue_depth(self, queue: str) -> int:
        """How many messages one of the stack's queues has, including those in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.stack.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.queue_urls[queue], AttributeNames=names
        )
        return sum(int(found["Attributes"][name]) for name in names)

    # -- logs --------------------------------------------------------------------------------------------

    def private_data_in_logs(self) -> list[str]:
        """Private data found in the logs of the functions and of the API, with the lines."""
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
        """Registers addresses and links of all e-mails, all stored texts, access tokens and the signing key."""
        self.logs.forbid(self.freelancer.token, self.client.token)
        secret = self.stack.client("secretsmanager").get_secret_value(SecretId=self.stack.link_key_secret)
        self.logs.forbid(*json.loads(secret["SecretString"]).values())
        for email in self.emails(""):
            self.logs.forbid(*email["To"], *re.findall(r"#t=([\w.-]+)", email["BodyText"]))
        dynamodb = self.stack.client("dynamodb")
        for page in dynamodb.get_paginator("scan").paginate(TableName=self.stack.table_name):
            for row in page["Items"]:
                self.logs.forbid_private_parts(TypeDeserializer().deserialize({"M": row}))


def days_ago(days: float) -> str:
    instant = datetime.now(UTC) - timedelta(days=days)
    return f"{instant:%FT%T}.{instant.microsecond // 1000:03}Z"

"""`make smoke STACK=…`: checks a deployed stack from outside, in less than a minute.

It needs no token. It reads the stack's outputs with the AWS credentials of this shell, and calls the API as a
stranger does. With `--event` it also publishes a contract event and waits for it in the public work history. That
leaves one contract of nobody in the table, so it is for stacks that are for trying things out.
"""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any, Final, NamedTuple
from uuid import uuid4

import boto3
import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError

from local.cloud_process import ROOT
from local.errors import LocalError
from local.sample_data import RATINGS

type Route = tuple[str, str]  # method and path

TIMEOUT_SECONDS: Final = 60  # for a cold start, and for a contract event
REFUSED: Final = {"jwt": "401", "iam": "403"}
"""What API Gateway answers to a call without credentials, by the way in which the route's callers sign in."""
PUBLIC: Final[dict[Route, str]] = {
    ("GET", "/freelancers/{freelancer_id}/work-history"): "200",
    ("GET", "/feedback-links/{token}"): "404 link_invalid",
    ("HEAD", "/feedback-links/{token}"): "404",
    ("POST", "/feedback-links/{token}"): "404 link_invalid",
}
"""What routes without sign-in answer about a freelancer and a link that do not exist."""
UNKNOWN: Final = ("GET", "/smoke")
PAGES: Final = ("contract", "feedback", "freelancer")
IMMUTABLE: Final = "public, max-age=31536000, immutable"


class Check(NamedTuple):
    what: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        return self.expected == self.found


def checks(api: httpx.Client) -> Iterator[Check]:
    """Calls every route and every page without a token. `api` has the base URL of the API."""
    for (method, path), expected in expected_answers().items():
        address = re.sub(r"\{\w+\}", "smoke", path)
        body = {"ratings": RATINGS} if method == "POST" else None
        yield Check(f"{method} {path}", expected, answer(api.request(method, address, json=body)))
    for page in PAGES:
        html = api.get(f"/app/{page}")
        yield Check(f"GET /app/{page}", "200", answer(html))
        script = re.search(r'<script type="module" src="([\w.-]+)"', html.text)
        headers = (api.get(f"/app/{script[1]}") if script else html).headers
        yield Check(f"the script of /app/{page}", IMMUTABLE, headers.get("cache-control", "not cached"))


def expected_answers() -> dict[Route, str]:
    """By route: the API's, as docs/openapi.json lists them, and one that does not exist."""
    paths = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
    expected = {UNKNOWN: "404 not_found"}
    for path, operations in paths.items():
        for method, operation in operations.items():
            route = (method.upper(), path)
            schemes = [name for scheme in operation["security"] for name in scheme]
            expected[route] = REFUSED[schemes[0]] if schemes else PUBLIC[route]
    return expected


def answer(response: httpx.Response) -> str:
    """The status, and the code of a problem document."""
    is_problem = response.headers.get("content-type") == "application/problem+json" and response.content
    return f"{response.status_code} {response.json()['code']}" if is_problem else str(response.status_code)


def check_event(api: httpx.Client, events: Any, bus: str) -> Check:
    """Publishes the start of a contract, and waits until the freelancer's public work history has it."""
    contract_id, freelancer_id = f"smoke-{uuid4()}", f"smoke-{uuid4()}"
    detail = {
        "contract_id": contract_id,
        "title": "Smoke check",
        "started_at": f"{datetime.now(UTC):%FT%TZ}",
        "client": {"id": "smoke", "name": "Smoke check", "email": "smoke@example.com"},
        "freelancer": {"id": freelancer_id, "name": "Smoke check", "email": "smoke@example.com"},
    }
    entry = {"Source": "marketplace.contracts", "DetailType": "ContractStarted", "Detail": json.dumps(detail)}
    events.put_events(Entries=[{"EventBusName": bus, **entry}])
    deadline = time.monotonic() + TIMEOUT_SECONDS
    # CloudFront keeps each page of a history for a minute, so every attempt asks for a page of another length.
    limits = count(1)
    seen = False
    while not seen and time.monotonic() < deadline:
        time.sleep(1)
        history = api.get(f"/freelancers/{freelancer_id}/work-history", params={"limit": next(limits)})
        seen = contract_id in history.text
    return Check(
        "a contract event reaches the work history", "yes", "yes" if seen else f"not in {TIMEOUT_SECONDS} s"
    )


def outputs(stack: str) -> dict[str, str]:
    """Raises LocalError if the stack cannot be read."""
    try:
        [found] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"The stack {stack} could not be read: {error}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def main(stack: str, event: Annotated[bool, typer.Option(help="Publish a contract event, too")] = False) -> None:  # noqa: FBT002
    try:
        known = outputs(stack)
        with httpx.Client(base_url=known["ApiUrl"], timeout=TIMEOUT_SECONDS) as api:
            done = [*checks(api)]
            if event:
                done.append(check_event(api, boto3.client("events"), known["EventBusName"]))
    except (LocalError, httpx.TransportError) as error:
        print(error)
        raise typer.Exit(1) from error
    for check in done:
        print(
            f"{'ok   ' if check.passed else 'WRONG'} {check.what}: {check.found}"
            + ("" if check.passed else f", expected {check.expected}")
        )
    raise typer.Exit(not all(check.passed for check in done))


if __name__ == "__main__":
    typer.run(main)

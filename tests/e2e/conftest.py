"""The stack, built once and deployed to embedded clouds of its own."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import people, sam
from local.people import Person
from local.stack import Stack, running
from tests.e2e.issuer import AUDIENCE, Issuer, issuing
from tests.e2e.marketplace import Marketplace
from tests.log_search import SEARCHED

EMBEDDING = ("https://market.example.com", "https://other.example.com")
NEVER = "3600"  # seconds between two looks for expired rows: longer than any test


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam.build(tmp_path_factory.mktemp("build"))


def topic_may_send_to(queue_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def marketplace_on(
    template: Path,
    parameters: Mapping[str, str],
    settings: Mapping[str, str],
    sign_in: Callable[[Stack, str], Person] = people.sign_in,
) -> Iterator[Marketplace]:
    with running(parameters=parameters, settings=settings, template=template) as stack:
        freelancer, client = (sign_in(stack, role) for role in ("freelancer", "client"))
        sqs = stack.client("sqs")
        queue_url = sqs.create_queue(QueueName="dash-in-tests")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": topic_may_send_to(arn)})
        stack.client("sns").subscribe(
            TopicArn=stack.dash_topic_arn,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        with (marketplace := Marketplace(stack, freelancer, client, queue_url)).http:
            yield marketplace
            private = marketplace.search_logs()
            assert marketplace.logs.lines, "there is no log to search"
            SEARCHED["log lines searched, of deployed stacks"] += marketplace.logs.lines
            assert not private, "\n".join(["private things in the log:", *private])


@pytest.fixture(scope="session")
def marketplace(built: Path) -> Iterator[Marketplace]:
    """The stack with its own rules, every freelancer in the rollout, embedded by two marketplaces.

    No sweep by the clock: one in the middle of a test that breaks `expire` would leave a failure of its own.
    """
    parameters = {"AllowedOrigins": ",".join(EMBEDDING), "ExpirySchedule": "rate(365 days)"}
    with marketplace_on(built, parameters, {}) as found:
        yield found


@pytest.fixture(scope="module")
def marketplace_with_schedule(built: Path) -> Iterator[Marketplace]:
    """Requests live six seconds and only the schedule expires them; its minute lasts three."""
    parameters = {"RequestLifetime": "PT6S", "ExpirySchedule": "rate(1 minute)"}
    with marketplace_on(built, parameters, {"MINUTE_SECONDS": "3", "TTL_SECONDS": NEVER}) as found:
        yield found


@pytest.fixture(scope="session")
def marketplace_with_ttl(built: Path) -> Iterator[Marketplace]:
    """Requests live six seconds and nothing but DynamoDB's TTL ever removes them."""
    parameters = {"RequestLifetime": "PT6S", "ExpirySchedule": "rate(365 days)"}
    with marketplace_on(built, parameters, {"TTL_SECONDS": "1"}) as found:
        yield found


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture(scope="session")
def attacked(built: Path, issuer: Issuer) -> Iterator[Marketplace]:
    """The stack of a marketplace with an OIDC issuer of its own; the client may give feedback at any time."""
    parameters = {"JwtIssuer": issuer.url, "JwtAudience": AUDIENCE, "FeedbackInterval": "PT0S"}
    with marketplace_on(built, parameters, {}, issuer.sign_in) as found:
        yield found


@pytest.fixture(scope="module")
def marketplace_with_iam(built: Path) -> Iterator[Marketplace]:
    """Permissions are enforced, and no clock removes anything: the functions can do what their own roles allow."""
    settings = {"AUTH": "true", "TTL_SECONDS": NEVER}
    with marketplace_on(built, {"ExpirySchedule": "rate(365 days)"}, settings) as found:
        yield found

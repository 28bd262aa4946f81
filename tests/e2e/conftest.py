"""The stack, built once and deployed to embedded clouds of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import people, sam
from local.stack import running
from tests.e2e.marketplace import Marketplace

EMBEDDING = ("https://market.example.com", "https://other.example.com")
NEVER = "3600"  # seconds between two looks for expired rows: longer than any test


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam.build(tmp_path_factory.mktemp("build"))


@contextmanager
def marketplace_on(
    template: Path, parameters: Mapping[str, str], settings: Mapping[str, str]
) -> Iterator[Marketplace]:
    with running(parameters=parameters, settings=settings, template=template) as stack:
        freelancer, client = (people.sign_in(stack, role) for role in ("freelancer", "client"))
        sqs = stack.client("sqs")
        queue_url = sqs.create_queue(QueueName="dash-in-tests")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        stack.client("sns").subscribe(
            TopicArn=stack.dash_topic_arn,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        with (marketplace := Marketplace(stack, freelancer, client, queue_url)).http:
            yield marketplace


@pytest.fixture(scope="session")
def marketplace(built: Path) -> Iterator[Marketplace]:
    """The stack with its own rules, every freelancer in the rollout, embedded by two marketplaces."""
    with marketplace_on(built, {"AllowedOrigins": ",".join(EMBEDDING)}, {}) as found:
        yield found


@pytest.fixture(scope="module")
def marketplace_with_schedule(built: Path) -> Iterator[Marketplace]:
    """Requests live three seconds and only the schedule expires them; its minute lasts a second."""
    parameters = {"RequestLifetime": "PT3S", "ExpirySchedule": "rate(1 minute)"}
    with marketplace_on(built, parameters, {"MINUTE_SECONDS": "1", "TTL_SECONDS": NEVER}) as found:
        yield found


@pytest.fixture(scope="session")
def marketplace_with_ttl(built: Path) -> Iterator[Marketplace]:
    """Requests live three seconds and nothing but DynamoDB's TTL ever removes them."""
    parameters = {"RequestLifetime": "PT3S", "ExpirySchedule": "rate(365 days)"}
    with marketplace_on(built, parameters, {"TTL_SECONDS": "1"}) as found:
        yield found

"""The stack: built once, and deployed to one local cloud for each configuration."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import people, sam
from local.people import Person
from local.stack import Stack, running
from mid_job_feedback.domain.domain_events import SOURCE
from tests.e2e.deployed_service import DeployedService
from tests.e2e.oidc_issuer import AUDIENCE, Issuer, running_issuer
from tests.e2e.repeated_deployment import RepeatedDeployment
from tests.log_search import SEARCHED

ALLOWED_ORIGINS = ("https://market.example.com", "https://other.example.com")
CONTRACT_URL = "https://www.example.com/contracts/{contract_id}?tab=feedback&from=feedback"
SIGN_IN_URL = "https://www.example.com/sign-in?next={return_url}"
DEPLOY = RepeatedDeployment()
NO_TTL_REMOVALS = "3600"  # seconds between two scans for expired rows: longer than any test


@pytest.fixture(scope="session")
def built_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam.build(tmp_path_factory.mktemp("build"))


def queue_policy(queue_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def deployed(
    template: Path,
    parameters: Mapping[str, str],
    settings: Mapping[str, str],
    sign_in: Callable[[Stack, str], Person] = people.sign_in,
) -> Iterator[DeployedService]:
    """Deploys the stack to a local cloud of its own; afterwards searches all its logs for private data."""
    with running(parameters=parameters, settings=settings, template=template, deploy=DEPLOY) as stack:
        freelancer, client = (sign_in(stack, role) for role in ("freelancer", "client"))
        sqs = stack.client("sqs")
        queue_url = sqs.create_queue(QueueName="messages-in-tests")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": queue_policy(arn)})
        stack.client("sns").subscribe(
            TopicArn=stack.dash_topic_arn,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        rule = {"EventBusName": stack.domain_event_bus_name, "EventPattern": json.dumps({"source": [SOURCE]})}
        stack.client("events").put_rule(Name="in-tests", **rule)
        stack.client("events").put_targets(
            Rule="in-tests", EventBusName=stack.domain_event_bus_name, Targets=[{"Id": "queue", "Arn": arn}]
        )
        with (service := DeployedService(stack, freelancer, client, queue_url)).http:
            yield service
            private = service.private_data_in_logs()
            assert service.logs.lines, "there is no log to search"
            SEARCHED["log lines searched, of deployed stacks"] += service.logs.lines
            assert not private, "\n".join(["private data in the log:", *private])


@pytest.fixture(scope="session")
def service(built_template: Path) -> Iterator[DeployedService]:
    """The stack with its default rules, every freelancer in the rollout, and two allowed origins.

    No sweep is scheduled: tests break `expire` on purpose, and a sweep at that time would fail too.
    """
    parameters = {"AllowedOrigins": ",".join(ALLOWED_ORIGINS), "ExpirySchedule": "rate(365 days)"}
    with deployed(built_template, parameters, {}) as found:
        yield found


@pytest.fixture(scope="session")
def service_with_ttl(built_template: Path) -> Iterator[DeployedService]:
    """Requests live six seconds, and only TTL removes them."""
    parameters = {"RequestLifetime": "PT6S", "ExpirySchedule": "rate(365 days)"}
    with deployed(built_template, parameters, {"TTL_SECONDS": "1"}) as found:
        yield found


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as found:
        yield found


@pytest.fixture(scope="session")
def target(built_template: Path, issuer: Issuer) -> Iterator[DeployedService]:
    """The stack under attack, with an OIDC issuer of the tests and a site of the marketplace. The client may give
    feedback at any time.
    """
    parameters = {
        "JwtIssuer": issuer.url,
        "JwtAudience": AUDIENCE,
        "FeedbackInterval": "PT0S",
        "ContractUrl": CONTRACT_URL,
        "SignInUrl": SIGN_IN_URL,
    }
    with deployed(built_template, parameters, {}, issuer.sign_in) as found:
        yield found


@pytest.fixture(scope="session")
def service_with_iam(built_template: Path) -> Iterator[DeployedService]:
    """The stack with IAM enforced: functions can do only what their roles allow. A minute takes three seconds.

    No TTL runs, and no schedule unless a test changes it.
    """
    settings = {"AUTH": "true", "MINUTE_SECONDS": "3", "TTL_SECONDS": NO_TTL_REMOVALS}
    with deployed(built_template, {"ExpirySchedule": "rate(365 days)"}, settings) as found:
        yield found

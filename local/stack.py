"""Deploys the stack to an embedded cloud of its own, and describes what was deployed."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import aws, cloud_process, sam
from local.cloud_process import Cloud
from local.errors import LocalError
from local.parameters import ON_THIS_MACHINE, refuse_unknown

NAME = "mid-job-feedback"
BASE_PATH = "marketplace"


@dataclass(frozen=True)
class Stack:
    endpoint_url: str
    region: str
    stack_name: str
    api_url: str
    app_base_url: str
    user_pool_id: str | None
    user_pool_client_id: str | None
    event_bus_name: str
    event_source: str
    domain_event_bus_name: str
    dash_topic_arn: str
    table_name: str
    idempotency_table_name: str
    link_key_secret: str
    function_names: dict[str, str]
    queue_urls: dict[str, str]
    log_groups: dict[str, str]

    def client(self, service: str) -> Any:
        return aws.client(service, self.endpoint_url)


type Deploy = Callable[[Path, str, Mapping[str, str], str], None]


@contextmanager
def running(
    *,
    parameters: Mapping[str, str] = {},
    settings: Mapping[str, str] = {},
    template: Path | None = None,
    port: int | None = None,
    deploy: Deploy = sam.deploy,
) -> Iterator[Stack]:
    """A deployed stack that is stopped at the end of the `with` block.

    Args:
        parameters: of the template.
        settings: of the embedded cloud: `MINUTE_SECONDS`, `TTL_SECONDS`, and `AUTH=true` to enforce permissions.
        template: the result of `sam.build`, to build once for many stacks. Built if omitted.
        port: a free one if omitted.
        deploy: creates the stack, with the parameters of `sam.deploy`.
    """
    with tempfile.TemporaryDirectory(prefix="mid-job-feedback-") as directory:
        cloud, stack = launch(
            port or cloud_process.free_port(),
            Path(directory),
            parameters=parameters,
            settings=settings,
            template=template,
            deploy=deploy,
        )
        try:
            yield stack
        finally:
            cloud_process.stop(cloud)


def launch(
    port: int,
    directory: Path,
    *,
    parameters: Mapping[str, str],
    settings: Mapping[str, str] = {},
    template: Path | None = None,
    deploy: Deploy = sam.deploy,
    report: Callable[[str], None] = lambda _: None,
) -> tuple[Cloud, Stack]:
    """Start a cloud and deploy the stack to it. If that fails, the cloud is stopped."""
    cloud = cloud_process.start(port, directory, settings)
    try:
        if template is None:
            report("Building the functions and layers …")
            template = sam.build(directory / "build")
        report("Waiting for the embedded cloud …")
        cloud_process.wait_until_ready(cloud)
        report("Deploying the stack …")
        return cloud, _deploy(cloud, template, parameters, deploy)
    except BaseException:
        cloud_process.stop(cloud)
        raise


def _deploy(cloud: Cloud, template: Path, given: Mapping[str, str], deploy: Deploy) -> Stack:
    refuse_unknown(given)
    api_url = f"{cloud.endpoint_url}/{BASE_PATH}"
    values = {**ON_THIS_MACHINE, "AppBaseUrl": api_url, **given}
    aws.client("s3", cloud.endpoint_url).create_bucket(Bucket=sam.ARTIFACTS)
    try:
        deploy(template, NAME, values, cloud.endpoint_url)
    except LocalError as error:
        reasons = _failures(cloud) or str(error)
        raise LocalError(
            f"The stack could not be deployed.\n\n{reasons}\n\n{cloud_process.log_tail(cloud)}"
        ) from error
    [stack] = aws.client("cloudformation", cloud.endpoint_url).describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    _publish_api(cloud, outputs["ApiId"])
    return _described(cloud, api_url, values["AppBaseUrl"], outputs)


def _failures(cloud: Cloud) -> str:
    cloudformation = aws.client("cloudformation", cloud.endpoint_url)
    try:
        events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    except cloudformation.exceptions.ClientError:  # SAM failed before it created the stack
        return ""
    return "\n".join(
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    )


def _publish_api(cloud: Cloud, api_id: str) -> None:
    """Give the API a custom domain: its URL is known before deployment, so `AppBaseUrl` can be set to it."""
    gateway = aws.client("apigatewayv2", cloud.endpoint_url)
    gateway.create_domain_name(DomainName=cloud_process.HOST)
    gateway.create_api_mapping(
        DomainName=cloud_process.HOST, ApiId=api_id, Stage="$default", ApiMappingKey=BASE_PATH
    )


def _described(cloud: Cloud, api_url: str, app_base_url: str, outputs: Mapping[str, str]) -> Stack:
    return Stack(
        endpoint_url=cloud.endpoint_url,
        region=aws.REGION,
        stack_name=NAME,
        api_url=api_url,
        app_base_url=app_base_url,
        user_pool_id=outputs.get("UserPoolId"),
        user_pool_client_id=outputs.get("UserPoolClientId"),
        event_bus_name=outputs["EventBusName"],
        event_source=outputs["EventSource"],
        domain_event_bus_name=outputs["DomainEventBusName"],
        dash_topic_arn=outputs["DashTopicArn"],
        table_name=outputs["TableName"],
        idempotency_table_name=outputs["IdempotencyTableName"],
        link_key_secret=outputs["LinkKeySecret"],
        function_names=_ending_in(outputs, "FunctionName"),
        queue_urls=_ending_in(outputs, "QueueUrl"),
        log_groups=_ending_in(outputs, "LogGroup"),
    )


def _ending_in(outputs: Mapping[str, str], ending: str) -> dict[str, str]:
    """The outputs with this ending, by their names in snake case: `notify_failure` for NotifyFailureQueueUrl."""
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", key.removesuffix(ending)).lower(): value
        for key, value in outputs.items()
        if key.endswith(ending)
    }

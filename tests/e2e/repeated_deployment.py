"""Deploys a built stack to several local clouds: to the first one with `sam deploy`, which takes ten seconds.

The others get what it uploaded, the template and the packages, and create the stack from that.
"""

from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import ClientError, WaiterError

from local import aws, sam
from local.errors import LocalError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
WAIT = {"Delay": 0.2, "MaxAttempts": 600}  # seconds


class RepeatedDeployment:
    """Is called as `sam.deploy` is."""

    def __init__(self) -> None:
        self._uploaded: dict[Path, dict[str, bytes]] = {}

    def __call__(self, template: Path, stack_name: str, parameters: Mapping[str, str], endpoint_url: str) -> None:
        if template in self._uploaded:
            _create(self._uploaded[template], stack_name, parameters, endpoint_url)
        else:
            sam.deploy(template, stack_name, parameters, endpoint_url)
            self._uploaded[template] = _objects(endpoint_url)


def _create(
    uploaded: Mapping[str, bytes], stack_name: str, parameters: Mapping[str, str], endpoint_url: str
) -> None:
    s3, cloudformation = (aws.client(service, endpoint_url) for service in ("s3", "cloudformation"))
    for key, content in uploaded.items():
        s3.put_object(Bucket=sam.ARTIFACTS, Key=key, Body=content)
    [template] = [key for key in uploaded if key.endswith(".template")]
    try:
        cloudformation.create_stack(
            StackName=stack_name,
            TemplateURL=f"{endpoint_url}/{sam.ARTIFACTS}/{template}",
            Capabilities=CAPABILITIES,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack_name, WaiterConfig=WAIT)
    except (ClientError, WaiterError) as error:
        raise LocalError(str(error)) from error


def _objects(endpoint_url: str) -> dict[str, bytes]:
    s3 = aws.client("s3", endpoint_url)
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=sam.ARTIFACTS)["Contents"]]
    return {key: s3.get_object(Bucket=sam.ARTIFACTS, Key=key)["Body"].read() for key in keys}

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local import aws, cloud_process

MINUTE_SECONDS = 1.0


@dataclass(frozen=True)
class LocalCloud:
    endpoint_url: str

    def client(self, service: str) -> Any:
        return aws.client(service, self.endpoint_url)

    def control(self, method: str, path: str, **fields: Any) -> dict[str, Any]:
        """Call one of the controls at `/_local/`."""
        url = f"{self.endpoint_url}/_local/{path}"
        answer: dict[str, Any] = httpx.request(method, url, json=fields, trust_env=False).raise_for_status().json()
        return answer

    def deploy(
        self,
        resources: dict[str, Any],
        outputs: dict[str, Any],
        name: str = "",
        conditions: dict[str, Any] | None = None,
        **parameters: str,
    ) -> dict[str, str]:
        """Create a stack, or update the one of that name; returns its outputs."""
        template = {
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": {key: {"Type": "String", "Default": ""} for key in parameters},
            "Conditions": conditions or {},
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
        cloudformation = self.client("cloudformation")
        change = cloudformation.update_stack if name else cloudformation.create_stack
        name = name or f"stack-{uuid4().hex[:8]}"
        change(
            StackName=name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        stack = eventually(lambda: _settled(cloudformation.describe_stacks(StackName=name)["Stacks"][0]))
        assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, stack
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])} | {
            "StackName": name
        }


def _settled(stack: dict[str, Any]) -> dict[str, Any] | None:
    return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack


def function(code: str, **properties: Any) -> dict[str, Any]:
    inline = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": code}
    return {"Type": "AWS::Serverless::Function", "Properties": inline | properties}


def eventually[Result](probe: Callable[[], Result | None], seconds: float = 30) -> Result:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := probe():
            return result
        time.sleep(0.05)
    pytest.fail(f"nothing within {seconds} s")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    settings = {"TTL_SECONDS": "0.2", "MINUTE_SECONDS": str(MINUTE_SECONDS)}
    running = cloud_process.start(cloud_process.free_port(), tmp_path_factory.mktemp("cloud"), settings)
    try:
        cloud_process.wait_until_ready(running)
        yield LocalCloud(running.endpoint_url)
    finally:
        cloud_process.stop(running)


@pytest.fixture
def set_clock(cloud: LocalCloud) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Sets the test clock so many seconds ahead of real time, until the test ends."""
    yield lambda seconds: cloud.control("PUT", "clock", offset_seconds=seconds)
    cloud.control("PUT", "clock", offset_seconds=0)

"""Finds the stack that a command is about: on AWS by profile, region and name, or on this machine by port."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, NoReturn

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from cli.errors import CommandError

ALIAS: Final = "live"
LONGEST_CALL_SECONDS: Final = 120
"""A function that operators invoke answers within a minute and a half."""
LOCAL_STACK: Final = "mid-job-feedback"
LOCAL_REGION: Final = "us-east-1"
LOCAL_KEYS: Final = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
LOCAL_BASE_PATH: Final = "marketplace"
"""Below the endpoint of the embedded cloud: where `make dev` publishes the API."""
# What the embedded cloud must not take from this shell: (name in the file, environment variable, default, cast).
_IGNORED: Final = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Place(NamedTuple):
    """Where a stack is. With a port, it is the one that `make dev` runs there, whatever else is given."""

    name: str | None
    profile: str | None
    region: str | None
    port: int | None


class Described(dict[str, str]):
    """Outputs or parameters of a stack: another product's, or an older version's, may lack some."""

    def __init__(self, stack: str, what: str, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self._stack, self._what = stack, what

    def __missing__(self, name: str) -> NoReturn:
        raise CommandError(
            f"The stack {self._stack} has no {self._what} {name}: name a stack of this service, in this version."
        )


@dataclass(frozen=True)
class Stack:
    """A deployed stack. `endpoint_url`: that of the embedded cloud, or None on AWS."""

    name: str
    session: boto3.Session
    endpoint_url: str | None
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client for the stack's account and region."""
        config = Config(read_timeout=LONGEST_CALL_SECONDS, proxies={} if self.endpoint_url else None)
        make: Any = self.session.client  # typed Any: its overloads accept only literal service names
        return make(service, endpoint_url=self.endpoint_url, config=config)

    @property
    def region(self) -> str:
        return str(self.session.region_name)

    @property
    def api_url(self) -> str:
        return f"{self.endpoint_url}/{LOCAL_BASE_PATH}" if self.endpoint_url else self.outputs["ApiUrl"]

    @property
    def signed_calls_url(self) -> str:
        return self.api_url if self.endpoint_url else self.outputs["SignedCallsUrl"]

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """The environment of the functions that are live: what the service itself knows of policy and rollout."""
        name = self.function("List")
        live = self.client("lambda").get_function_configuration(FunctionName=name, Qualifier=ALIAS)
        variables: dict[str, str] = live["Environment"]["Variables"]
        return variables

    def function(self, logical_name: str) -> str:
        """The name of a function, such as that of `Moderate`."""
        return self.outputs[f"{logical_name}FunctionName"]

    def invoke(self, logical_name: str, command: Mapping[str, Any]) -> Any:
        """Invokes a function directly, as its role allows operators to, and returns its answer.

        Raises:
            CommandError: the function failed, or refused.
        """
        answer = self.client("lambda").invoke(
            FunctionName=self.function(logical_name), Qualifier=ALIAS, Payload=json.dumps(command)
        )
        result = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            reason = result.get("errorMessage", "no reason given") if isinstance(result, dict) else result
            raise CommandError(f"The function {self.function(logical_name)} failed: {reason}")
        if "error" in result:
            raise CommandError(f"The service refused ({result['error']}): {result['detail']}")
        return result


def find(place: Place) -> Stack:
    """Reads the stack's outputs and parameters.

    Raises:
        CommandError: no stack is named, it cannot be read, or it was never deployed.
    """
    if place.port is not None:
        return _on_this_machine(place.port)
    if not place.name:
        raise CommandError("Name the stack with --stack, or give the port of a local one with --port.")
    try:
        session = boto3.Session(profile_name=place.profile or None, region_name=place.region or None)
        return _described(place.name, session, None)
    except NoCredentialsError as error:
        raise CommandError("This shell has no AWS credentials: choose a profile with --profile.") from error
    except NoRegionError as error:
        raise CommandError("No region is chosen: name that of the stack with --region.") from error
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"The stack {place.name} could not be read: {error}") from error


def _on_this_machine(port: int) -> Stack:
    session = boto3.Session(
        region_name=LOCAL_REGION, botocore_session=botocore.session.Session(_IGNORED), **LOCAL_KEYS
    )
    try:
        return _described(LOCAL_STACK, session, f"http://127.0.0.1:{port}")
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"No stack runs on port {port}: start one with `make up PORT={port}`.") from error


def _described(name: str, session: boto3.Session, endpoint_url: str | None) -> Stack:
    client = Stack(name, session, endpoint_url, {}, {}).client("cloudformation")
    [found] = client.describe_stacks(StackName=name)["Stacks"]
    outputs = found.get("Outputs")
    if not outputs:
        raise CommandError(f"The stack {name} is not deployed: its status is {found['StackStatus']}.")
    return Stack(
        name,
        session,
        endpoint_url,
        Described(name, "output", {output["OutputKey"]: output["OutputValue"] for output in outputs}),
        Described(
            name,
            "parameter",
            {given["ParameterKey"]: given["ParameterValue"] for given in found.get("Parameters", [])},
        ),
    )

"""`make smoke STACK=…`: checks a deployed stack from outside, in about a minute.

It reads the stack with this shell's AWS credentials, and calls the API without any. It calls the signed-in routes
with the token in the environment variable TOKEN, or as a new user of the stack's own pool.

With `--event` it also starts a contract, requests feedback and ends the contract. Contract and request stay in the
table, so use it only for stacks that are for trying things out.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import boto3
import httpx
import typer
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LocalError
from local.smoke import alarms, routes, story, versions
from local.smoke.check import TIMEOUT_SECONDS, Check
from local.smoke.person import Person, signed_in


class Deployed(NamedTuple):
    outputs: dict[str, str]
    parameters: dict[str, str]


def read(stack: str) -> Deployed:
    """Raises LocalError if the stack cannot be read or was never deployed."""
    try:
        [found] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"The stack {stack} could not be read: {error}") from error
    outputs = found.get("Outputs")
    if not outputs:
        raise LocalError(f"The stack {stack} is not deployed: its status is {found['StackStatus']}.")
    return Deployed(
        {output["OutputKey"]: output["OutputValue"] for output in outputs},
        {given["ParameterKey"]: given["ParameterValue"] for given in found["Parameters"]},
    )


def checks(stack: str, deployed: Deployed, *, event: bool) -> Iterator[Check]:
    outputs = deployed.outputs
    with (
        httpx.Client(base_url=outputs["ApiUrl"], timeout=TIMEOUT_SECONDS) as api,
        signed_in(boto3.client("cognito-idp"), outputs, deployed.parameters["JwtUserClaim"]) as person,
    ):
        yield from routes.checks(api)
        yield from versions.checks(boto3.client("lambda"), outputs)
        topic = outputs["AlarmTopicArn"]
        yield from alarms.checks(boto3.client("cloudformation"), boto3.client("cloudwatch"), stack, topic)
        if person:
            yield story.check_token(api, person)
        if event:
            yield from _story(api, outputs, person).checks()


def _story(api: httpx.Client, outputs: dict[str, str], person: Person | None) -> story.Story:
    return story.Story(
        api=api,
        events=boto3.client("events"),
        logs=boto3.client("logs"),
        bus=outputs["EventBusName"],
        source=outputs["EventSource"],
        log_group=outputs["FunctionsLogGroup"],
        person=person,
    )


def main(stack: str, event: Annotated[bool, typer.Option(help="Play a contract through, too")] = False) -> None:  # noqa: FBT002
    passed = True
    try:
        deployed = read(stack)
        for check in checks(stack, deployed, event=event):
            passed = passed and check.passed
            print(
                f"{'ok   ' if check.passed else 'WRONG'} {check.what}: {check.found}"
                + ("" if check.passed else f", expected {check.expected}")
            )
        print(f"note  {alarms.subscribers(boto3.client('sns'), deployed.outputs['AlarmTopicArn'])}")
    except (LocalError, httpx.TransportError, BotoCoreError, ClientError) as error:
        print(error)
        raise typer.Exit(1) from error
    if not event:
        print("note  no contract was played through; EVENT=1 does that")
    raise typer.Exit(not passed)


if __name__ == "__main__":
    typer.run(main)

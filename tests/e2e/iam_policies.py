"""The IAM policies of the deployed functions' roles, and how to take permissions out of them."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from local.stack import Stack
from tests.e2e.live_versions import release, settings

type Document = dict[str, Any]
type Statement = dict[str, Any]


@dataclass(frozen=True)
class Policy:
    """An inline policy of a deployed function's role."""

    function: str
    role: str
    name: str
    document: Document

    @property
    def statements(self) -> list[Statement]:
        found: list[Statement] = self.document["Statement"]
        return found


@dataclass(frozen=True)
class Removal:
    """A policy without one statement, or without one of several actions or resources of a statement.

    `actions` are those that are no longer allowed.
    """

    policy: Policy
    kind: str
    description: str
    remaining: list[Statement]
    actions: list[str]

    def __str__(self) -> str:
        return f"{self.policy.function}: {self.description}"


def policies(stack: Stack, *functions: str) -> list[Policy]:
    """The policies of these functions, by default of all. They are read from the roles, so none is missed."""
    iam, found = stack.client("iam"), []
    for function in functions or stack.function_names:
        name = stack.function_names[function]
        arn = stack.client("lambda").get_function_configuration(FunctionName=name)["Role"]
        role = arn.rpartition("/")[2]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            found.append(Policy(function, role, policy, document))
    return found


def statements_removed(policy: Policy) -> Iterator[Removal]:
    """Removes one statement at a time. The template's statements have a `Sid`, those that SAM adds have none."""
    for statement in policy.statements:
        if "Sid" in statement:
            remaining = [other for other in policy.statements if other is not statement]
            yield Removal(policy, "statements removed", statement["Sid"], remaining, as_list(statement["Action"]))


def parts_removed(policy: Policy) -> Iterator[Removal]:
    for place, statement in enumerate(policy.statements):
        for element, kind in (("Action", "actions removed"), ("Resource", "resources removed")):
            if "Sid" not in statement or isinstance(statement[element], str) or len(statement[element]) == 1:
                continue
            for part_removed in statement[element]:
                remaining = list(policy.statements)
                remaining[place] = {
                    **statement,
                    element: [other for other in statement[element] if other != part_removed],
                }
                actions = [part_removed] if element == "Action" else as_list(statement["Action"])
                yield Removal(policy, kind, f"{statement['Sid']} without {part_removed}", remaining, actions)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def denied_actions(stack: Stack, since: datetime) -> set[str]:
    """The actions that functions were denied since then, according to their log."""
    pattern = re.compile(r"is not authorized to perform: ([\w:]+)")
    events = stack.client("logs").filter_log_events(
        logGroupName=stack.log_groups["functions"], startTime=int(since.timestamp() * 1000)
    )["events"]
    return {action for event in events for action in pattern.findall(event["message"])}


@contextmanager
def removed(stack: Stack, removal: Removal) -> Iterator[None]:
    iam = stack.client("iam")
    policy = {"RoleName": removal.policy.role, "PolicyName": removal.policy.name}
    if removal.remaining:
        iam.put_role_policy(
            **policy, PolicyDocument=json.dumps({**removal.policy.document, "Statement": removal.remaining})
        )
    else:
        iam.delete_role_policy(**policy)
    try:
        yield
    finally:
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(removal.policy.document))


@contextmanager
def without_statement(stack: Stack, function: str, sid: str) -> Iterator[None]:
    """Removes a statement from the function's role for a `with` block, if it is there."""
    found = [removal for policy in policies(stack, function) for removal in statements_removed(policy)]
    with ExitStack() as removals:
        for removal in found:
            if removal.description == sid:
                removals.enter_context(removed(stack, removal))
        yield


@contextmanager
def event_sources_paused(stack: Stack, source: str = "") -> Iterator[None]:
    """Disables all event source mappings for a `with` block, or those of one service only."""
    functions = stack.client("lambda")
    mappings = [
        mapping["UUID"]
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]
        if mapping["EventSourceArn"].startswith(f"arn:aws:{source}")
    ]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            functions.update_event_source_mapping(UUID=mapping, Enabled=True)


@contextmanager
def without_sam_statements(stack: Stack) -> Iterator[None]:
    """Removes the statements that SAM adds for Lambda's own polling of streams and queues.

    The functions must work without them. The local cloud does not check what Lambda itself does with a role.
    """
    with ExitStack() as removals:
        for policy in policies(stack):
            own_statements = [statement for statement in policy.statements if "Sid" in statement]
            if own_statements != policy.statements:
                removals.enter_context(removed(stack, Removal(policy, "", "", own_statements, [])))
        yield


def restart_processes(stack: Stack, function: str) -> None:
    """Makes the next call a cold start, without cached key, configuration or connections."""
    variables = settings(stack, function)["Environment"]["Variables"]
    release(stack, function, Environment={"Variables": {**variables, "RESTARTED": uuid4().hex}})

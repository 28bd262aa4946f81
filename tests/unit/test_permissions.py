"""Least privilege: the template permits exactly the AWS operations that the code calls."""

import ast
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.template import ROOT, resources

PACKAGE = ROOT / "layers" / "mid_job_feedback" / "mid_job_feedback"
CLIENTS = {"client", "sender"}
"""The functions of `aws` that return a client."""
TABLE_CALLS = {"_call", "_write"}
"""The functions of `table` that call DynamoDB; their first argument is the operation."""
SERVICES = {"sesv2": "ses", "appconfigdata": "appconfig"}
"""Names of services in policies, where they differ from the names of their clients."""

# Operations whose permissions have other names.
PERMISSIONS = {
    "dynamodb:TransactWriteItems": {
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    },
    "lambda:Invoke": {"lambda:InvokeFunction"},
}
# Operations that Powertools calls with the client that we pass to it.
BY_POWERTOOLS = {
    "DynamoDBPersistenceLayer": {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
    "SecretsProvider": {"secretsmanager:GetSecretValue"},
}
# Permitted by the managed policy that SAM attaches for the stream; the code reads records that Lambda gave up on.
OF_STREAM_POLICY = {"dynamodbstreams:GetShardIterator", "dynamodbstreams:GetRecords"}


@cache
def parsed() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py")))


def calls(module: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module) if isinstance(node, ast.Call))


def service_of(made: ast.expr) -> str | None:
    """`aws.client("sqs")` is a client of SQS."""
    match made:
        case ast.Call(func=ast.Attribute(value=ast.Name("aws"), attr=maker), args=[ast.Constant(str(service))]):
            return service if maker in CLIENTS else None
        case _:
            return None


def operation(service: str, method: str) -> str:
    """`send_message` of `sqs` is `sqs:SendMessage`."""
    return f"{SERVICES.get(service, service)}:{''.join(part.capitalize() for part in method.split('_'))}"


def operations_of(module: ast.Module) -> Iterator[str]:
    clients = {
        node.targets[0].id: service
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if (service := service_of(node.value))
    }
    for call in calls(module):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(name), attr=method)) if name in clients:
                yield operation(clients[name], method)
            case ast.Call(func=ast.Attribute(value=made, attr=method)) if service := service_of(made):
                yield operation(service, method)
            case ast.Call(func=ast.Name(name), args=[ast.Constant(str(method)), *_]) if name in TABLE_CALLS:
                yield operation("dynamodb", method)


def operations() -> set[str]:
    """The AWS operations that our own code calls."""
    return {made for module in parsed() for made in operations_of(module)}


def needed() -> set[str]:
    """The permissions for all calls, those of Powertools included."""
    permissions = set[str]().union(*(PERMISSIONS.get(one, {one}) for one in operations()))
    users = {call.func.id for module in parsed() for call in calls(module) if isinstance(call.func, ast.Name)}
    return permissions.union(*(BY_POWERTOOLS[user] for user in BY_POWERTOOLS.keys() & users))


def statements() -> dict[str, dict[str, Any]]:
    """All statements for the functions' roles, by resource and Sid."""
    functions = resources("AWS::Serverless::Function")
    found = [
        (name, statement)
        for name, function in functions.items()
        for policy in function["Properties"].get("Policies", [])
        for statement in policy["Statement"]
    ]
    found += [
        (name, statement)
        for name, policy in resources("AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    named = {f"{name} {statement['Sid']}": statement for name, statement in found}
    assert len(named) == len(found)
    return named


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_permission_is_needed_and_every_call_is_permitted() -> None:
    permitted = {action for statement in statements().values() for action in as_list(statement["Action"])}
    assert needed() - OF_STREAM_POLICY == permitted


def test_no_client_escapes_this_analysis() -> None:
    """A client is only ever passed to Powertools, whose calls are listed above."""
    passed_on = {
        call.func.id
        for module in parsed()
        for call in calls(module)
        if isinstance(call.func, ast.Name) and "boto3_client" in {keyword.arg for keyword in call.keywords}
    }
    assert passed_on == BY_POWERTOOLS.keys()
    assert needed() >= OF_STREAM_POLICY
    for entry in (ROOT / "functions").glob("*/app.py"):
        assert "aws" not in {
            node.id for node in ast.walk(ast.parse(entry.read_text())) if isinstance(node, ast.Name)
        }


@pytest.mark.parametrize("name", statements())
def test_a_statement_allows_named_actions_on_named_resources(name: str) -> None:
    """E-mails may go to any recipient, but only from one address: see `test_template`. Domain events have one
    source: see `tests/static/test_schemas.py`.
    """
    statement = statements()[name]
    limited = {"Condition"} if statement["Action"] in ("ses:SendEmail", "events:PutEvents") else set()
    assert statement.keys() == {"Sid", "Effect", "Action", "Resource"} | limited
    assert statement["Effect"] == "Allow"
    assert "*" not in str(statement["Action"])
    assert statement["Action"] == "ses:SendEmail" or "*" not in str(statement["Resource"])


def test_roles_are_made_by_sam_alone() -> None:
    """No function's role is written by hand, and none has managed policies except those that SAM adds for events.

    The other role is CodeDeploy's: see `tests/static/test_versions.py`.
    """
    assert resources("AWS::IAM::Role").keys() == {"TrafficShiftRole"}
    assert not resources("AWS::IAM::ManagedPolicy")
    for function in resources("AWS::Serverless::Function").values():
        assert "Role" not in function["Properties"]
        assert all(isinstance(policy, dict) for policy in function["Properties"].get("Policies", []))

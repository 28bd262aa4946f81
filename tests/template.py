"""template.yaml as data. Tests create tables and flags from what is deployed, not from a copy of it."""

import json
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if tag == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506 - a SafeLoader
    return loaded


def resources(type_: str) -> dict[str, dict[str, Any]]:
    return {name: found for name, found in template()["Resources"].items() if found["Type"] == type_}


def events(type_: str) -> list[dict[str, Any]]:
    """The properties of what calls any of the functions in this way, such as `HttpApi`."""
    return [
        event.get("Properties", {})
        for function in resources("AWS::Serverless::Function").values()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == type_
    ]


def routes() -> dict[tuple[str, str], dict[str, Any]]:
    """The routes by method and path, without the catch-all route, which has neither."""
    return {(found["Method"], found["Path"]): found for found in events("HttpApi") if "Path" in found}


def create_table(client: Any, logical_id: str, name: str) -> None:
    """Create the table as the template describes it, TTL included, with the parameters' defaults."""
    described = template()["Resources"][logical_id]["Properties"]
    wanted = {"KeySchema", "AttributeDefinitions", "BillingMode"}
    stream = described.get("StreamSpecification")
    indexes = [
        {key: value for key, value in index.items() if key != "WarmThroughput"}
        for index in described.get("GlobalSecondaryIndexes", [])
    ]
    with suppress(client.exceptions.ResourceInUseException):  # the response was late, and the SDK has retried
        client.create_table(
            TableName=name,
            **{key: value for key, value in described.items() if key in wanted},
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
            **({"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}),
        )
    client.update_time_to_live(TableName=name, TimeToLiveSpecification=described["TimeToLiveSpecification"])


def rollout_flags(percent: int, selected: list[str]) -> dict[str, Any]:
    """The feature flags as the template renders them."""
    text, variables = template()["Resources"]["RolloutFlags"]["Properties"]["Content"]["Fn::Sub"]
    separator, _ = variables["Selected"]["Fn::Join"]
    values = {"Selected": separator.join(selected), "RequestRolloutPercent": str(percent)}
    rendered: dict[str, Any] = json.loads(re.sub(r"\$\{(\w+)}", lambda m: values[m[1]], text))
    return rendered

"""template.yaml after the SAM transform, as CloudFormation gets it: with every role, route and event source."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from tests.template import template

type Json = dict[str, Any]

_URI_PROPERTIES = ("CodeUri", "ContentUri")  # `sam package` uploads these and writes the address of the bucket


class _NoManagedPolicies:
    """The template names no managed policy, so SAM need not look any up."""

    def load(self) -> dict[str, str]:
        return {}


def transformed_template(**parameters: str) -> Json:
    """With these values, and the defaults of all other parameters that SAM resolves itself."""
    return transformed(parameters=parameters)


def transformed(
    *,
    code: str = "code",
    memory: int = 0,
    layers: Mapping[str, str] = {},
    parameters: Mapping[str, str] = {},
) -> Json:
    """The template after a change.

    Args:
        code: another text stands for other code of the functions.
        memory: megabytes to add to the memory of every function.
        layers: texts that stand for other content, by the layers that have it.
        parameters: values, by name.
    """
    template_with_uris = deepcopy(template())
    template_with_uris["Globals"]["Function"]["CodeUri"] = f"s3://bucket/{code}"
    template_with_uris["Globals"]["Function"]["MemorySize"] += memory
    for name, resource in template_with_uris["Resources"].items():
        properties = resource.setdefault("Properties", {})
        content = layers.get(name, name)
        properties |= {uri: f"s3://bucket/{content}" for uri in _URI_PROPERTIES if uri in properties}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        result: Json = transform(template_with_uris, dict(parameters), _NoManagedPolicies())
    json.dumps(result)  # fails if an object of SAM's own classes is left
    return result

"""template.yaml after the SAM transform, as CloudFormation gets it: with every role, route and event source."""

import json
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
    template_with_uris = deepcopy(template())
    template_with_uris["Globals"]["Function"]["CodeUri"] = "s3://bucket/function"
    for name, resource in template_with_uris["Resources"].items():
        properties = resource.setdefault("Properties", {})
        properties |= {uri: f"s3://bucket/{name}" for uri in _URI_PROPERTIES if uri in properties}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        transformed: Json = transform(template_with_uris, parameters, _NoManagedPolicies())
    json.dumps(transformed)  # fails if an object of SAM's own classes is left
    return transformed

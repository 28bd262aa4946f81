"""template.yaml as CloudFormation gets it: what SAM makes of it, with every role, route and event source."""

import json
from copy import deepcopy
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from tests.template import template

type Json = dict[str, Any]

_URI_PROPERTIES = ("CodeUri", "ContentUri")  # by `sam package`, which puts the bucket's address here


class _NoManagedPolicies:
    """We name none, so SAM needs none of the account's."""

    def load(self) -> dict[str, str]:
        return {}


def transformed_template() -> Json:
    template_with_uris = deepcopy(template())
    template_with_uris["Globals"]["Function"]["CodeUri"] = "s3://bucket/function"
    for name, resource in template_with_uris["Resources"].items():
        properties = resource.setdefault("Properties", {})
        properties |= {uri: f"s3://bucket/{name}" for uri in _URI_PROPERTIES if uri in properties}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        transformed: Json = transform(template_with_uris, {}, _NoManagedPolicies())
    json.dumps(transformed)  # nothing in it is SAM's own any more
    return transformed

"""template.yaml as CloudFormation gets it: what SAM makes of it, with every role, route and event source."""

import json
from copy import deepcopy
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from tests.template import template

type Json = dict[str, Any]

_UPLOADED = ("CodeUri", "ContentUri")  # by `sam package`, which puts the bucket's address here


class _NoManagedPolicies:
    """We name none, so SAM needs none of the account's."""

    def load(self) -> dict[str, str]:
        return {}


def processed() -> Json:
    uploaded = deepcopy(template())
    uploaded["Globals"]["Function"]["CodeUri"] = "s3://bucket/function"
    for name, resource in uploaded["Resources"].items():
        properties = resource.setdefault("Properties", {})
        properties |= {place: f"s3://bucket/{name}" for place in _UPLOADED if place in properties}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        made: Json = transform(uploaded, {}, _NoManagedPolicies())
    json.dumps(made)  # nothing in it is SAM's own any more
    return made

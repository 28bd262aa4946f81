"""A function has the packages and the environment of Lambda, not those of the local cloud's process."""

import json
import os

from tests.local.conftest import LocalCloud, function

IMPORTABLE_MODULES = """
import importlib.util
def handler(event, context):
    return [name for name in event if importlib.util.find_spec(name)]
"""


ENVIRONMENT_VARIABLES = """
import os
def handler(event, context):
    return dict(os.environ)
"""


def test_environment_variables_of_this_shell_do_not_reach_a_function(cloud: LocalCloud) -> None:
    stack = cloud.deploy({"Shows": function(ENVIRONMENT_VARIABLES)}, {"Shows": {"Ref": "Shows"}})
    response = cloud.client("lambda").invoke(FunctionName=stack["Shows"])
    environment = json.load(response["Payload"])
    assert "PYTEST_VERSION" in os.environ
    assert not environment.keys() & {"PYTEST_VERSION", "LOG_LEVEL", "VIRTUAL_ENV"}
    assert environment["PATH"] == os.defpath


def test_only_packages_of_lambdas_runtime_can_be_imported(cloud: LocalCloud) -> None:
    stack = cloud.deploy({"Looks": function(IMPORTABLE_MODULES)}, {"Looks": {"Ref": "Looks"}})
    names = ["boto3", "botocore", "dateutil", "urllib3", "cryptography", "ministack", "pydantic"]
    response = cloud.client("lambda").invoke(FunctionName=stack["Looks"], Payload=json.dumps(names))
    assert json.load(response["Payload"]) == ["boto3", "botocore", "dateutil", "urllib3"]

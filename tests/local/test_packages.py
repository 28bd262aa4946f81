"""A function has the packages and the environment of Lambda, not those of the local cloud's process."""

import json
import os
from typing import Any

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


WHERE_IT_IS = """
import os
def handler(event, context):
    return [os.getpid(), os.path.realpath(__file__)]
"""


def test_code_is_unpacked_once_for_all_processes(cloud: LocalCloud) -> None:
    stack = cloud.deploy({"Tells": function(WHERE_IT_IS)}, {"Tells": {"Ref": "Tells"}})
    functions = cloud.client("lambda")

    def process_and_file(memory: int) -> list[Any]:
        """Of a new process, since the configuration has changed."""
        functions.update_function_configuration(FunctionName=stack["Tells"], MemorySize=memory)
        found: list[Any] = json.load(functions.invoke(FunctionName=stack["Tells"])["Payload"])
        return found

    processes, files = zip(*map(process_and_file, (128, 256, 512)), strict=True)
    assert len(set(processes)) == 3
    assert len(set(files)) == 1

"""What `sam build` makes starts quickly: it has valid bytecode and a reduced SDK, and loads nothing unused."""

import ast
import importlib.util
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from mid_job_feedback.domain.wording import LANGUAGES, wording_in
from tests.conftest import Tried
from tests.lambda_runtime import ENVIRONMENT
from tests.template import ROOT, resources
from tests.unit.test_permissions import service_of

FUNCTIONS: Final = sorted(resources("AWS::Serverless::Function"))
LAYERS: Final = ("DependenciesLayer", "ServiceLayer")
HTTP_FUNCTIONS: Final = ("RequestFunction", "SubmitFunction", "ListFunction")
PACKAGE: Final = ROOT / "layers/mid_job_feedback/mid_job_feedback"
HASHED_BUT_UNCHECKED: Final = 0b01
# Modules that only some calls need, or none.
LOADED_ON_DEMAND: Final = {
    "asyncio",
    "boto3",
    "botocore.docs.method",
    "importlib.metadata",
    "s3transfer",
    "multiprocessing",
    "jinja2",
    "babel",
    "tzdata",
    "email_validator",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler.appsync",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.feature_flags",
    "aws_lambda_powertools.utilities.parameters",
}
REGIONS: Final = ("eu-west-1", "us-east-1", "us-gov-west-1", "cn-north-1")
CERTIFICATE_AUTHORITIES: Final = (
    *(f"Amazon Root CA {number}" for number in range(1, 5)),
    "Starfield Services Root Certificate Authority - G2",
)
PRINT_LOADED_MODULES: Final = "import app, json, sys; print(json.dumps(sorted(sys.modules)))"
IMPORTED_ON_DEMAND: Final = [
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.feature_flags",
    "aws_lambda_powertools.utilities.idempotency",
    "aws_lambda_powertools.utilities.parameters",
    "boto3.session",
    "email_validator",
    "jinja2",
]
PRINT_IMPORTED: Final = """
import importlib, json, sys
print(json.dumps([importlib.import_module(name).__name__ for name in json.loads(sys.argv[1])]))
"""
LAZY_PACKAGES: Final = ("aws_lambda_powertools.event_handler", "aws_lambda_powertools.utilities.data_classes")
PRINT_MISSING_NAMES: Final = """
import importlib, json, sys
packages = [importlib.import_module(name) for name in json.loads(sys.argv[1])]
assert all("_MODULES" in vars(package) and package.__all__ for package in packages)
print(json.dumps([name for package in packages for name in package.__all__ if not hasattr(package, name)]))
"""
PRINT_CLIENTS: Final = """
import json, sys, botocore, botocore.session
session = botocore.session.Session()
print(json.dumps([botocore.__file__, botocore.__version__, {
    f"{service} {region}": [client.meta.endpoint_url, client.meta.service_model.operation_names]
    for service in json.loads(sys.argv[1])
    for region in json.loads(sys.argv[2])
    for client in [session.create_client(service, region_name=region)]
}]))
"""
PRINT_WORDS: Final = """
import json
from datetime import UTC, datetime, timedelta
from mid_job_feedback.domain.wording import LANGUAGES, wording_in
print(json.dumps([
    [words.minute(datetime(2026, 12, 9, 17, 37, tzinfo=UTC), "Europe/Berlin"), words.left(timedelta(days=3))]
    for words in map(wording_in, LANGUAGES)
]))
"""


def run_python(built_template: Path, code: str, *arguments: str, function: str = "ListFunction") -> Any:
    """Runs `code` with only the packages of the function and its layers; returns the JSON that it prints."""
    task, layers = built_template.parent / function, [built_template.parent / layer / "python" for layer in LAYERS]
    code = f"import sys; sys.path[:0] = {list(map(str, [task, *layers]))}\n{code}"
    return _printed([sys.executable, "-I", "-S", "-B", "-c", code, *arguments])


def _printed(command: list[str]) -> Any:
    environment = {"PATH": os.defpath, **ENVIRONMENT}
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return json.loads(result.stdout)


def source_files(built_template: Path) -> Iterator[Path]:
    for name in (*FUNCTIONS, *LAYERS):
        yield from (built_template.parent / name).rglob("*.py")


def services() -> set[str]:
    """The services that the package creates clients for."""
    return {
        service
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.expr) and (service := service_of(node))
    }


def test_every_module_ships_with_bytecode_that_python_uses_unchecked(built_template: Path, tried: Tried) -> None:
    files = list(source_files(built_template))
    assert len(files) > 500
    for source in files:
        compiled = Path(importlib.util.cache_from_source(str(source)))
        assert compiled.exists(), source
        content = compiled.read_bytes()
        assert content[:4] == importlib.util.MAGIC_NUMBER, source
        # A timestamp would not survive zipping, and a checked hash would make Python read the source.
        assert int.from_bytes(content[4:8], "little") == HASHED_BUT_UNCHECKED, source
        assert content[8:16] == importlib.util.source_hash(source.read_bytes()), source
    tried("modules with bytecode inspected", len(files))


def test_the_sdk_in_the_layer_describes_the_services_we_call_and_no_others(built_template: Path) -> None:
    data = built_template.parent / "DependenciesLayer/python/botocore/data"
    assert services() == {folder.name for folder in data.iterdir() if folder.is_dir()}
    assert sum(file.stat().st_size for file in data.rglob("*")) < 1_000_000
    assert "documentation" not in (data / "dynamodb/2012-08-10/service-2.json").read_text()


def test_the_sdk_in_the_layer_trusts_amazons_authorities_and_no_others(built_template: Path) -> None:
    bundle = built_template.parent / "DependenciesLayer/python/botocore/cacert.pem"
    trusted = ssl.create_default_context(cafile=bundle).get_ca_certs()
    assert len(trusted) == len(CERTIFICATE_AUTHORITIES)
    assert not [name for name in CERTIFICATE_AUTHORITIES if f"(('commonName', '{name}'),)" not in str(trusted)]


def test_clients_of_the_reduced_sdk_equal_those_of_the_whole_sdk(built_template: Path) -> None:
    arguments = [json.dumps(sorted(services())), json.dumps(REGIONS)]
    file, version, trimmed = run_python(built_template, PRINT_CLIENTS, *arguments)
    assert Path(file).is_relative_to(built_template.parent)
    _, *whole = _printed([sys.executable, "-c", PRINT_CLIENTS, *arguments])
    assert [version, trimmed] == whole


def test_every_name_of_a_lazy_package_can_be_imported(built_template: Path) -> None:
    missing = run_python(built_template, PRINT_MISSING_NAMES, json.dumps(LAZY_PACKAGES))
    assert missing == []


def test_what_is_loaded_on_demand_can_be_imported(built_template: Path) -> None:
    assert run_python(built_template, PRINT_IMPORTED, json.dumps(IMPORTED_ON_DEMAND)) == IMPORTED_ON_DEMAND


def test_the_layer_knows_dates_and_plural_forms_of_every_language_and_of_no_other(built_template: Path) -> None:
    locales = built_template.parent / "DependenciesLayer/python/babel/locale-data"
    assert {path.stem for path in locales.glob("*.dat")} == {*LANGUAGES, "root"}
    whole = [
        [words.minute(datetime(2026, 12, 9, 17, 37, tzinfo=UTC), "Europe/Berlin"), words.left(timedelta(days=3))]
        for words in map(wording_in, LANGUAGES)
    ]
    assert run_python(built_template, PRINT_WORDS) == whole


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_a_function_loads_only_what_every_call_needs(built_template: Path, function: str) -> None:
    loaded = set(run_python(built_template, PRINT_LOADED_MODULES, function=function))
    assert {"mid_job_feedback.storage.store", "botocore.session", "pydantic"} <= loaded
    assert not loaded & LOADED_ON_DEMAND


def test_the_layer_fits_lambda_with_room_to_spare(built_template: Path) -> None:
    """Lambda allows 250 MB for all layers of a function together, unpacked."""
    size = sum(file.stat().st_size for layer in LAYERS for file in (built_template.parent / layer).rglob("*"))
    assert size < 60_000_000

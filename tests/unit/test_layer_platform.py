"""For which system the layer's packages are: Linux on Lambda, and this machine in the AWS emulator."""

import platform
import subprocess

import pytest

from local import sam
from tests.template import ROOT


def installed_for(**environment: str) -> str:
    """The platform that uv is asked for."""
    given = [f"{name}={value}" for name, value in environment.items()]
    command = ["make", "--dry-run", "build-DependenciesLayer", "ARTIFACTS_DIR=layer", *given]
    folder = ROOT / "layers/dependencies"
    recipe = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout  # noqa: S603
    words = recipe.split()
    return words[words.index("--python-platform") + 1]


def test_for_aws_it_is_the_processor_that_is_asked_for() -> None:
    assert installed_for() == "aarch64-manylinux_2_28"
    assert installed_for(LAYER_ARCHITECTURE="x86_64") == "x86_64-manylinux_2_28"


@pytest.mark.parametrize(("system", "ending"), [("Linux", "-manylinux_2_28"), ("Darwin", "-apple-darwin")])
def test_in_the_emulator_it_is_this_system(monkeypatch: pytest.MonkeyPatch, system: str, ending: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    environment = sam._environment()
    given = {name: value for name, value in environment.items() if name.startswith("LAYER_")}
    assert installed_for(**given) == f"{given['LAYER_ARCHITECTURE']}{ending}"

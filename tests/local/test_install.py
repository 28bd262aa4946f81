"""The first step on a new machine: uv and an environment, or one sentence. Here pip and uv are fakes."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import install
from tests.template import ROOT

SOURCE = ROOT / "local/install.py"
UV = """\
#!/bin/sh
echo "$@" >> uv.log
case "$1 $2" in
    --version*) echo "uv 1.2.3 (any)";;
    venv*) test ! -e no-python || { echo "no Python, and no way to get one" >&2; exit 2; };;
    "pip sync") test ! -e no-packages || { echo "no answer from the index" >&2; exit 2; };;
esac
"""
PIP = """\
import json, os, pathlib, sys

if sys.argv[1] == "install":
    if pathlib.Path("no-uv").exists():
        sys.exit("no answer from the index")
    lock = pathlib.Path(sys.argv[sys.argv.index("--requirement") + 1]).read_text()
    pathlib.Path("pip.json").write_text(json.dumps({"options": sys.argv[2:], "lock": lock}))
    uv = pathlib.Path(sys.argv[sys.argv.index("--target") + 1], "bin", "uv")
    uv.parent.mkdir(parents=True)
    uv.write_text(os.environ["UV_SCRIPT"])
    uv.chmod(0o755)
"""
UV_LOCK = """\
attrs==1 \\
    --hash=sha256:00
uv==1.2.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r dev.in
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script, a lock that pins uv, and a pip for Python to find."""
    for folder in ("local", "requirements", "pip"):
        (tmp_path / folder).mkdir()
    shutil.copy(SOURCE, tmp_path / "local")
    (tmp_path / "requirements/dev.txt").write_text(UV_LOCK)
    (tmp_path / "requirements/cloud.txt").touch()
    (tmp_path / "pip/__init__.py").touch()
    (tmp_path / "pip/__main__.py").write_text(PIP)
    return tmp_path


def run(checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "UV_SCRIPT": UV}
    command = [sys.executable, "local/install.py", ".local/cloud", "requirements/cloud.txt"]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_python_3_9_can_run_it_and_needs_nothing_besides() -> None:
    tree = ast.parse(SOURCE.read_text(), feature_version=install.OLDEST_PYTHON)
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_pip_installs_the_pinned_uv_by_its_hashes_and_uv_the_rest(checkout: Path) -> None:
    done = run(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Installing requirements/cloud.txt …\n", "")
    asked = json.loads((checkout / "pip.json").read_text())
    assert asked["lock"] == "uv==1.2.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb"
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps"} <= set(asked["options"])
    venv, sync = [line for line in (checkout / "uv.log").read_text().splitlines() if line != "--version"]
    assert venv.startswith("venv ")
    assert sync == (
        f"pip sync --quiet --require-hashes --python {checkout}/.local/cloud/bin/python "
        f"{checkout}/requirements/cloud.txt"
    )


def test_a_uv_that_is_the_pinned_one_stays_and_another_is_replaced(checkout: Path) -> None:
    run(checkout)
    (checkout / "pip.json").unlink()
    run(checkout)
    assert not (checkout / "pip.json").exists()
    (checkout / "requirements/dev.txt").write_text(UV_LOCK.replace("1.2.3", "1.2.4"))
    run(checkout)
    assert "uv==1.2.4" in json.loads((checkout / "pip.json").read_text())["lock"]


NO_UV = "uv 1.2.3 could not be installed: check that pip can reach a package index (PIP_INDEX_URL selects one)."
NO_PYTHON = "Python 3.13 is not on this machine and uv could not download it: install it, for example with pyenv."
NO_PACKAGES = (
    "The packages in cloud.txt could not be installed: check that uv can reach a package index "
    "(UV_DEFAULT_INDEX selects one)."
)


@pytest.mark.parametrize(
    ("lacks", "sentence", "details"),
    [
        ("no-uv", NO_UV, "no answer from the index"),
        ("no-python", NO_PYTHON, "no Python, and no way to get one"),
        ("no-packages", NO_PACKAGES, "no answer from the index"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_sentence(
    checkout: Path, lacks: str, sentence: str, details: str
) -> None:
    (checkout / lacks).touch()
    done = run(checkout)
    assert done.returncode == 1
    assert done.stderr == f"{sentence} Details: .local/install.log\n"
    assert (checkout / ".local/install.log").read_text().strip() == details


@pytest.mark.parametrize(("version", "made"), [((3, 12), 1), ((3, 13), 0), ((3, 14), 1)])
def test_an_environment_of_another_python_is_made_anew(
    checkout: Path, version: tuple[int, int], made: int
) -> None:
    python = checkout / ".local/cloud/bin/python"
    python.parent.mkdir(parents=True)
    pretended = f"import sys; sys.version_info = {(*version, 1)}"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretended}; exec(sys.argv[1])" "$2"\n')
    python.chmod(0o755)
    assert run(checkout).returncode == 0
    run_by_uv = [line.partition(" ")[0] for line in (checkout / "uv.log").read_text().splitlines()]
    assert run_by_uv.count("venv") == made


def test_a_failed_installation_of_uv_leaves_nothing_half_there(checkout: Path) -> None:
    (checkout / "no-uv").touch()
    run(checkout)
    assert {path.name for path in (checkout / ".local").iterdir()} == {"install.lock", "install.log"}


def test_an_older_python_is_refused_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(sys, "version", "3.8.18 (default)")
    said = str(install.main(".venv", "requirements/dev.txt"))
    assert said == f"Python 3.9 or newer is needed to start with, and {sys.executable} is 3.8.18."
    assert capsys.readouterr().out == ""


def machine_with(monkeypatch: pytest.MonkeyPatch, *commands: str) -> list[str]:
    """A machine on which only these commands work; returns what is run on it."""
    tried: list[str] = []

    def works(*command: str | Path, cwd: Path | None = None) -> bool:
        line = " ".join(map(str, command)).removeprefix(f"{sys.executable} ")
        tried.append(line)
        if line.startswith("dpkg-deb"):
            wheels = Path(command[-1]) / "usr/share/python-wheels"
            wheels.mkdir(parents=True)
            (wheels / "pip-25.1-py3-none-any.whl").touch()
        if cwd and "download" in command:
            (cwd / "python3-pip-whl_25.1_all.deb").touch()
        return any(line.startswith(command) for command in commands)

    monkeypatch.setattr(install, "_works", works)
    return tried


def test_pip_is_pythons_own_if_it_has_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine_with(monkeypatch, "-m pip", "-m venv", "apt-get")
    assert install.pip(tmp_path) == [sys.executable, "-m", "pip"]


def test_pip_is_otherwise_that_of_a_new_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine_with(monkeypatch, "-m venv", "apt-get")
    assert install.pip(tmp_path) == [f"{tmp_path}/venv/bin/python", "-m", "pip"]


def test_a_bare_debian_lends_the_pip_that_it_packages_without_installing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried = machine_with(monkeypatch, "apt-get", "dpkg-deb")
    wheel = tmp_path / "package/usr/share/python-wheels/pip-25.1-py3-none-any.whl"
    assert install.pip(tmp_path) == [sys.executable, f"{wheel}/pip"]
    assert not [line for line in tried if " install" in line]
    places = [
        word
        for line in tried
        for word in line.split()
        if word.startswith(("--option=Dir::State=", "--option=Dir::Cache="))
    ]
    assert places
    assert all(str(tmp_path) in place for place in places)


def test_without_any_pip_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine_with(monkeypatch)
    with pytest.raises(install.CannotInstallError, match=r"install pip \(Debian: apt-get install python3-pip\)"):
        install.pip(tmp_path)


def test_a_python_of_pyenv_is_found_though_its_shim_does_not_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shim, real = tmp_path / "shims/python3.13", tmp_path / "versions/3.13.0/bin/python3.13"
    for path, does in ((shim, "exit 127"), (real, f"echo {real}")):
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert install.python_313() == str(real)
    real.unlink()
    assert install.python_313() == "3.13"

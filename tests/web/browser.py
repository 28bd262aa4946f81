"""The Chromium in which the pages are tested: the current one, or the oldest that they support."""

import atexit
import os
from collections.abc import Callable
from functools import cache

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from local.programs import chromium as program
from local.programs.program import Program

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    # A process for each page costs time.
    "--renderer-process-limit=1 --disable-features=site-per-process,IsolateOrigins"
)


CURRENT = pytest.param(program.find, id="current")
OLDEST = pytest.param(program.find_oldest, id="oldest")

in_the_oldest_too = pytest.mark.parametrize(
    "browser", [CURRENT, OLDEST] if program.is_packaged() else [CURRENT], indirect=True
)
"""Runs tests in both browsers. Where npm has no Chromium for this kind of machine, the oldest is not tried."""


@cache
def chromium(find: Callable[[], Program] = program.find) -> Browser:
    """The browser process that all tests share. Each test opens contexts of its own in it, which share nothing."""
    return launch(find)


def launch(find: Callable[[], Program] = program.find) -> Browser:
    found = find()
    return _playwright().chromium.launch(
        executable_path=found.executable, env={**os.environ, **found.environment}, args=FLAGS.split()
    )


@cache
def _playwright() -> Playwright:
    """One for this process, in which Playwright cannot run twice. At its end, it closes its browsers."""
    os.environ.update(program.playwright_settings())
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright

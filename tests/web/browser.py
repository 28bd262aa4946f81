"""The Chromium in which the pages are tested."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from local.programs import chromium as program

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser process. Each test opens contexts of its own in it, which share nothing."""
    found = program.find()
    os.environ.update(program.playwright_settings())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.executable, env={**os.environ, **found.environment}, args=FLAGS.split()
        )
        yield browser
        browser.close()

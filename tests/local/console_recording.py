"""`make console-recording`: writes docs/screenshots/console.webp, in which a newcomer uses the console.

Chromium takes the pictures as WebP. They become one animated file here, since the tools of the tests include no
program that makes one. The format: developers.google.com/speed/webp/docs/riff_container.
"""

import base64
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from local.cloud_process import ROOT, free_port
from tests.local.newcomer import ASKED, Newcomer, shown
from tests.local.test_dev_tool import make
from tests.web.browser import chromium
from tests.web.page_states import fill_in, press

FILE = ROOT / "docs/screenshots/console.webp"
WIDTH, HEIGHT = 1180, 720
QUALITY = 45
FRAME_MS = 3_000
ANIMATION = 0x02  # the flag in the header
FILE_HEADER = 12  # bytes: RIFF, size, WEBP
CHUNK_HEADER = 8  # bytes: name, size
PICTURE = {b"ALPH", b"VP8 ", b"VP8L"}  # chunks that a frame has; others are about the whole file


def main() -> None:
    with _console() as newcomer:
        frames = list(_frames(newcomer))
    FILE.write_bytes(animated(frames))


@contextmanager
def _console() -> Iterator[Newcomer]:
    port, console_port = free_port(), free_port()
    started = make("up", port, CONSOLE_PORT=str(console_port))
    try:
        assert started.returncode == 0, started.stdout
        context = chromium().new_context(
            locale="en-GB", viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce"
        )
        console = context.new_page()
        console.goto(f"http://127.0.0.1:{console_port}/")
        yield Newcomer(context, console)
        context.close()
    finally:
        make("down", port)


def _frames(newcomer: Newcomer) -> Iterator[bytes]:
    console = newcomer.console
    newcomer.tab("Send an event")
    yield picture(console)
    newcomer.start_a_contract()
    room = newcomer.open_as("Ana Ruiz")
    newcomer.ask(room)
    yield picture(room)
    newcomer.read(ASKED)
    newcomer.email.get_by_role("link", name="Give feedback").first.wait_for()
    yield picture(console)
    newcomer.jump("the deadline")
    shown(newcomer.contract, "Request expired")
    newcomer.read("Your feedback request has expired")
    yield picture(console)
    room.reload()
    newcomer.ask(room)
    newcomer.read(ASKED, number=2)
    form = newcomer.follow_the_link()
    fill_in(form)
    yield picture(form)
    press("Publish feedback")(form)
    newcomer.read("Ben Okoye gave you feedback")
    console.emulate_media(color_scheme="dark")
    newcomer.tab("Timeline")
    yield picture(console)


def picture(page: Page) -> bytes:
    """What the page shows, as WebP."""
    page.bring_to_front()
    page.mouse.move(0, 0)
    options = {"format": "webp", "quality": QUALITY}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
    return base64.b64decode(taken["data"])


def animated(frames: list[bytes]) -> bytes:
    """One WebP of these, which are all of the same size. It is repeated for ever."""
    header = _chunk(b"VP8X", struct.pack("<I", ANIMATION) + _24_bits(WIDTH - 1) + _24_bits(HEIGHT - 1))
    body = header + _chunk(b"ANIM", bytes(6)) + b"".join(map(_frame, frames))
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _frame(file: bytes) -> bytes:
    place = _24_bits(0) + _24_bits(0) + _24_bits(WIDTH - 1) + _24_bits(HEIGHT - 1)
    picture_of_frame = b"".join(_chunk(name, content) for name, content in _chunks(file) if name in PICTURE)
    return _chunk(b"ANMF", place + _24_bits(FRAME_MS) + bytes(1) + picture_of_frame)


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = FILE_HEADER
    while at < len(file):
        name, size = struct.unpack_from("<4sI", file, at)
        yield name, file[at + CHUNK_HEADER : at + CHUNK_HEADER + size]
        at += CHUNK_HEADER + size + size % 2


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _24_bits(number: int) -> bytes:
    return number.to_bytes(3, "little")


if __name__ == "__main__":
    main()

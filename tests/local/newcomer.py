"""What a newcomer does in the console, step by step: for the browser test, and for the recording in README.md."""

import re
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from tests.web.page_states import request_feedback

CONTRACT_ID: Final = "c-drawings"
TITLE: Final = "Drawings for a museum"
ASKED: Final = f"Ana Ruiz asks for your feedback on “{TITLE}”"
"""What the subject of the e-mail to the client begins with."""
LONGEST_WAIT_MS: Final = 30_000  # the functions of a new stack start cold


def shown(place: Locator, text: str) -> None:
    """Waits until this text is there."""
    expect(place).to_contain_text(text, timeout=LONGEST_WAIT_MS)


@dataclass(frozen=True)
class Newcomer:
    """Somebody with the console open. Pages of the product open in tabs of the same browser."""

    context: BrowserContext
    console: Page

    @property
    def contract(self) -> Locator:
        return self.console.get_by_role("article", name=TITLE, exact=True)

    @property
    def email(self) -> FrameLocator:
        return self.console.frame_locator("#message iframe")

    def start_a_contract(self) -> None:
        """Sends the events of a contract that was paid, from their forms."""
        self.tab("Send an event")
        self.console.get_by_role("textbox", name="contract id").fill(CONTRACT_ID)
        self.console.get_by_role("textbox", name="title").fill(TITLE)
        self.send("ContractStarted")
        expect(self.contract).to_be_visible(timeout=LONGEST_WAIT_MS)
        self.contract.get_by_role("button", name=CONTRACT_ID).click()
        self.console.get_by_role("radio", name="PaymentMade").check()
        contract_id = self.console.get_by_role("textbox", name="contract id")
        expect(contract_id).to_have_value(CONTRACT_ID)
        self.send("PaymentMade")
        shown(self.contract, "Ana Ruiz can request feedback.")

    def send(self, kind: str) -> None:
        self.console.get_by_role("button", name=f"Send {kind}").click()

    def tab(self, name: str) -> None:
        self.console.get_by_role("tab", name=name).click()

    def open_as(self, name: str) -> Page:
        """The Contract Room of the newcomer's contract, as this person."""
        with self.context.expect_page() as opened:
            self.contract.get_by_role("link", name=f"Open as {name}").click()
        return opened.value

    def ask(self, room: Page) -> None:
        """Asks for feedback in the freelancer's room."""
        request_feedback(room)
        asked = room.get_by_role("heading", name="You asked Ben Okoye for feedback")
        expect(asked).to_be_visible(timeout=LONGEST_WAIT_MS)

    def read(self, subject: str, number: int = 1) -> None:
        """Opens the message of this number with this subject, as soon as it has arrived."""
        self.tab("Inbox")
        found = self.console.locator("#messages").get_by_role("button", name=subject)
        found.nth(number - 1).wait_for()
        found.first.click()  # the newest is at the top
        expect(self.console.get_by_role("heading", name=re.compile(subject))).to_be_visible()

    def follow_the_link(self) -> Page:
        """The page to which the e-mail that is open leads."""
        with self.context.expect_page() as opened:
            self.email.get_by_role("link", name="Give feedback").first.click()
        return opened.value

    def jump(self, instant: str) -> None:
        self.contract.get_by_role("button", name=f"To {instant}").click()

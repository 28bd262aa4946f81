"""One of our elements in a page that WebDriver shows: what people see of it, and what they do with it."""

from collections.abc import Callable
from dataclasses import dataclass

from selenium.common.exceptions import (
    NoSuchElementException,
    NoSuchShadowRootException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.web.page_states import CATEGORIES

LONGEST_WAIT = 10
BETWEEN_LOOKS = 0.05
NOT_YET = (NoSuchElementException, NoSuchShadowRootException, StaleElementReferenceException)


@dataclass(frozen=True)
class Element:
    driver: WebDriver
    tag: str

    def all(self, selector: str) -> list[WebElement]:
        """What matches inside the element, shown or not."""
        host = self.driver.find_element(By.TAG_NAME, self.tag)
        return host.shadow_root.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector: str) -> WebElement:
        """The first match that is shown. Waits until there is one."""
        return self._wait(lambda: [found for found in self.all(selector) if found.is_displayed()], selector)[0]

    @property
    def text(self) -> str:
        """Everything that is shown, without line breaks."""
        return " ".join(word for found in self.all("[part=root]") for word in found.text.split())

    def shows(self, text: str) -> None:
        """Waits until it does."""
        self._wait(lambda: text in self.text, text)

    def press(self, name: str) -> None:
        """Press the button, tab or menu item of this name, as soon as it is shown."""

        def named() -> list[WebElement]:
            return [
                found for found in self.all("button") if found.is_displayed() and found.accessible_name == name
            ]

        self._wait(named, name)[0].click()

    def rate(self, stars: int) -> None:
        """Choose as many stars in all categories."""
        self.find(".star")
        radios = self.all(f'input[type=radio][value="{stars}"]')
        assert len(radios) == len(CATEGORIES)
        for radio in radios:
            radio.click()

    @property
    def stars(self) -> list[str]:
        """The number of stars of each category that has some."""
        return [str(radio.get_property("value")) for radio in self.all("input[type=radio]:checked")]

    def _wait[T](self, look: Callable[[], T], wanted: str) -> T:
        """Look until what is seen is something. What is not there yet is nothing."""
        wait = WebDriverWait(self.driver, LONGEST_WAIT, BETWEEN_LOOKS, NOT_YET)
        return wait.until(lambda _: look(), f"{wanted!r} in <{self.tag}>")

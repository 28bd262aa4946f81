"""All texts are in web/elements/wording/: the same in each language, one for every code that the API sends."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from mid_job_feedback.domain.eligibility import ReasonCode
from mid_job_feedback.domain.email_delivery import EmailStatus, NotSentReason
from mid_job_feedback.domain.models import FeedbackKind, Ground, Ratings, ReportTarget, RequestStatus, Role
from mid_job_feedback.domain.refusals import Refusal
from tests.builders import DAY, NOW, SECOND, a_request
from tests.template import ROOT
from tests.web.browser import chromium
from tests.web.conftest import Embed, OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import CLIENT_ROOM, HISTORY, LINK, given_open_request, given_three_reasons

type Entry = str | dict[str, str]  # a text, or one for each plural form
type Texts = dict[str, Entry]

WORDING = ROOT / "web/elements/wording"
LANGUAGES = sorted(path.stem for path in WORDING.glob("*.js"))
MODULES = [path for folder in ("elements", "pages") for path in (ROOT / "web" / folder).glob("*.js")]
BUILD = ROOT / "web/build.py"  # names the pages
PAGE = ROOT / "web/pages/page.html"

# web/elements/problem.js turns these into "too_large" and "busy".
RENAMED = {"body_too_large", "temporarily_unavailable", "idempotency_key_in_progress"}
# The pages never cause these. If they did, it would be shown as an unknown refusal.
NOT_CAUSED = {"not_json", "idempotency_key_reused"}

HISTORY_TAG = '<work-history freelancer-id="u-freelancer"></work-history>'


@pytest.fixture(scope="module")
def blank_page() -> Iterator[Page]:
    page = chromium().new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def wordings(blank_page: Page) -> dict[str, Texts]:
    """The texts by language, then by key."""
    load = "source => import(`data:text/javascript,${encodeURIComponent(source)}`).then(module => module.default)"
    return {language: blank_page.evaluate(load, source_of(language)) for language in LANGUAGES}


def source_of(language: str) -> str:
    return (WORDING / f"{language}.js").read_text(encoding="utf-8")


def forms(entry: Entry) -> dict[str, str]:
    return entry if isinstance(entry, dict) else {"other": entry}


def placeholders(text: str) -> set[str]:
    """Each stands there once: its value may be a node, which can only be in one place."""
    names = re.findall(r"\{(\w+)\}", text)
    assert len(names) == len(set(names)), text
    return set(names)


def refusal_codes(kind: type[Refusal] = Refusal) -> Iterator[str]:
    if "code" in vars(kind):
        yield kind.code
    for subclass in kind.__subclasses__():
        yield from refusal_codes(subclass)


def keys_of_codes() -> Iterator[tuple[str, str]]:
    """Every code that the API may send, with the key of its text."""
    closed = set(RequestStatus) - {RequestStatus.PENDING}
    yield from ((status, f"{family}_{status}") for status in closed for family in ("outcome", "closed"))
    yield from ((kind, f"kind_{kind}") for kind in FeedbackKind)
    yield from ((category, f"category_{category}") for category in Ratings.model_fields)
    yield from ((code, f"reason_{code}") for code in ReasonCode)
    yield from ((role, f"{family}_{role}") for role in Role for family in ("open_request", "parties", "role"))
    yield from ((status, f"status_{status}") for status in ("active", "ended"))
    yield from ((status, f"delivery_{status}") for status in EmailStatus)
    yield from ((reason, f"not_sent_{reason}") for reason in NotSentReason)
    yield from ((ground, f"ground_{ground}{ending}") for ground in Ground for ending in ("", "_hint"))
    yield from ((target, f"{family}_{target}") for target in ReportTarget for family in ("removed", "report"))
    for code in {*refusal_codes()} - RENAMED - NOT_CAUSED:
        yield from ((code, f"problem_{code}"), (code, f"problem_{code}_text"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_in_the_same_order(wordings: dict[str, Texts], language: str) -> None:
    assert list(wordings[language]) == list(wordings["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_all_plural_forms_of_their_language_and_all_placeholders(
    wordings: dict[str, Texts], blank_page: Page, language: str
) -> None:
    """Words may stand for {count} in a form for a single number, such as the Arabic dual."""
    numbers = count_numbers_by_form(blank_page, language)
    for key, entry in wordings[language].items():
        wanted = placeholders(forms(wordings["en"][key])["other"])
        if isinstance(entry, dict):
            assert entry.keys() == numbers.keys(), key
        for form, text in forms(entry).items():
            in_words = {"count"} if isinstance(entry, dict) and numbers[form] == 1 else set()
            assert wanted - in_words <= placeholders(text) <= wanted, f"{key}, {form}"


def count_numbers_by_form(page: Page, language: str) -> dict[str, int]:
    """The language's plural forms of whole numbers, and how many numbers have each of them."""
    count = """language => {
        const rules = new Intl.PluralRules(language), counts = {};
        for (let number = 0; number <= 10_000; number++) {
            const form = rules.select(number);
            counts[form] = (counts[form] ?? 0) + 1;
        }
        return counts;
    }"""
    counts: dict[str, int] = page.evaluate(count, language)
    return counts


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_that_are_no_plurals_name_no_number_that_has_one_in_english(
    wordings: dict[str, Texts], language: str
) -> None:
    for key, entry in wordings[language].items():
        if isinstance(wordings["en"][key], dict) and isinstance(entry, str):
            assert "count" not in placeholders(entry), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_typographic_quotes_apostrophes_and_ellipses(wordings: dict[str, Texts], language: str) -> None:
    typewritten = re.compile(r"['\"]|\.\.\." + ("|[,;?]" if language == "ar" else ""))
    for key, entry in wordings[language].items():
        assert not typewritten.search(" ".join(forms(entry).values())), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_defined_twice(language: str) -> None:
    keys = re.findall(r"^  (\w+):", source_of(language), re.MULTILINE)
    assert len(keys) == len(set(keys)) > 0


def test_every_text_is_used(wordings: dict[str, Texts]) -> None:
    """By its key in quotes, or by a key put together from parts: `reason_${code}`, codeText(…, "kind", …)."""
    code = "".join(path.read_text(encoding="utf-8") for path in [*MODULES, BUILD])
    known = {*re.findall(r'"(\w+)"', code), *(code for code, _ in keys_of_codes())}
    parts = re.findall(r"`(\w*)\$\{[^}]+\}(\w*)`", code)
    parts += [(f"{family}_", "") for family in re.findall(r'codeText\(wording, "(\w+)"', code)]
    patterns = [re.compile(rf"{start}(\w+){end}") for start, end in parts if start or end]

    def is_used(key: str) -> bool:
        """The part that varies must be known, or a key of this kind itself: `${key}_text`."""
        varying = [match[1] for pattern in patterns if (match := pattern.fullmatch(key))]
        return key in known or any(is_used(part) for part in varying)

    assert [key for key in wordings["en"] if not is_used(key)] == []


def test_every_text_that_is_used_exists(wordings: dict[str, Texts]) -> None:
    for path in MODULES:
        for key in re.findall(r'\bsay(?:Text)?\("(\w+)"', path.read_text(encoding="utf-8")):
            assert key in wordings["en"], f"{key} in {path.name}"


def test_every_code_of_the_api_has_a_text(wordings: dict[str, Texts]) -> None:
    assert {key for _, key in keys_of_codes()} - wordings["en"].keys() == set()


def test_pages_say_in_every_language_that_they_need_scripts() -> None:
    [message] = re.findall(r'<div class="fallback">(.+?)</div>', PAGE.read_text(encoding="utf-8"), re.DOTALL)
    directions = dict(re.findall(r'<p lang="(\w+)" dir="(\w+)">[^<]*JavaScript[^<]*</p>', message))
    assert directions == {language: "rtl" if language == "ar" else "ltr" for language in LANGUAGES}


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        *(([language], language) for language in LANGUAGES),
        (["de-AT"], "de-AT"),
        (["es-MX", "en"], "es-MX"),
        (["ar-EG"], "ar-EG"),
        (["fr-FR"], "en"),
        (["fr-FR", "de"], "de"),
        (["en-US@posix"], "en"),
        (["en-US@posix", "es"], "es"),
        ([], "en"),
    ],
)
def test_pages_are_in_the_first_of_the_browsers_languages_that_has_texts(
    new_context: Callable[..., BrowserContext],
    stack_url: str,
    wordings: dict[str, Texts],
    languages: list[str],
    chosen: str,
) -> None:
    context = new_context()
    context.add_init_script(f"Object.defineProperty(navigator, 'languages', {{ value: {json.dumps(languages)} }})")
    page = context.new_page()
    page.goto(f"{stack_url}/app/{HISTORY}")
    texts = wordings[chosen[:2]]
    expect(page.get_by_role("heading", name=str(texts["history_empty"]))).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(texts["freelancer_page"]))
    expect(page).to_have_title(str(texts["freelancer_page"]))
    expect(page.locator("html")).to_have_attribute("lang", chosen)
    expect(page.locator("html")).to_have_css("direction", "rtl" if chosen.startswith("ar") else "ltr")


def test_a_page_whose_language_cannot_be_loaded_is_in_english(
    new_context: Callable[..., BrowserContext], stack_url: str
) -> None:
    context = new_context(locale="ar")
    context.route(re.compile(r"/app/ar-\w+\.js"), lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{stack_url}/app/{HISTORY}")
    expect(page.get_by_role("heading", name="No contracts yet")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_css("direction", "ltr")


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        (HISTORY_TAG, "en"),  # as the embedding page
        (f'<div lang="de">{HISTORY_TAG}</div>', "de"),
        (f'<div lang="de">{HISTORY_TAG.replace(" ", ' lang="es" ', 1)}</div>', "es"),
        (f'<div lang="es-MX"><div lang="ar-EG">{HISTORY_TAG}</div></div>', "ar"),
        (f'<div lang="fr">{HISTORY_TAG}</div>', "en"),  # as the browser
        (f'<div lang="de_DE">{HISTORY_TAG}</div>', "en"),  # not a valid tag
    ],
)
def test_an_element_is_in_the_language_of_the_nearest_lang_attribute(
    embed: Embed, wordings: dict[str, Texts], tag: str, language: str
) -> None:
    page = embed("elements.js", tag)
    expect(page.get_by_role("heading", name=str(wordings[language]["history_empty"]))).to_be_visible()
    expect(page.locator("work-history .root")).to_have_attribute("lang", language)


def test_the_nearest_lang_attribute_may_be_outside_the_shadow_root(embed: Embed) -> None:
    page = embed(
        "elements.js",
        '<section lang="de"></section>',
        js=f"""addEventListener("DOMContentLoaded", () => {{
            const shadow = document.querySelector("section").attachShadow({{ mode: "open" }});
            shadow.innerHTML = `{HISTORY_TAG}`; }});""",
    )
    expect(page.get_by_role("heading", name="Noch keine Verträge")).to_be_visible()


def test_a_language_that_arrives_late_does_not_replace_the_one_that_was_chosen_since(embed: Embed) -> None:
    page = embed("elements.js", f'<div lang="en">{HISTORY_TAG}</div>')
    late: list[Route] = []

    def delay(route: Route) -> None:
        late.append(route)

    page.route(re.compile(r"/app/ar-\w+\.js"), delay)
    with page.expect_request(re.compile(r"/app/ar-")):
        page.evaluate("document.querySelector('work-history').lang = 'ar'")
    page.evaluate("document.querySelector('work-history').lang = 'de'")
    expect(page.get_by_role("heading", name="Noch keine Verträge")).to_be_visible()
    with page.expect_request_finished(lambda request: "/app/ar-" in request.url):
        late[0].fallback()
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(page.locator("work-history .root")).to_have_attribute("lang", "de")


@pytest.mark.parametrize(("page_direction", "language", "direction"), [("rtl", "en", "ltr"), ("ltr", "ar", "rtl")])
def test_an_element_has_the_direction_of_its_language(
    embed: Embed, page_direction: str, language: str, direction: str
) -> None:
    page = embed(
        "elements.js",
        f'<div lang="{language}">{HISTORY_TAG}</div>',
        js=f"document.documentElement.dir = '{page_direction}'",
    )
    root = page.locator("work-history .root")
    expect(root).to_have_attribute("lang", language)
    expect(root).to_have_css("direction", direction)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "That changes on July 3 (in 18 days)."),
        ("de", "Das ändert sich am 3. Juli (in 18 Tagen)."),
        ("es", "Eso cambiará el 3 de julio (dentro de 18 días)."),
        ("ar", "سيتغير ذلك يوم 3 يوليو (خلال 18 يومًا)."),
    ],
)
def test_days_are_written_as_in_the_language(open_page: OpenPage, api: FakeApi, language: str, text: str) -> None:
    given_three_reasons(api)
    page = open_page(CLIENT_ROOM, locale=language)
    expect(page.locator(".reasons")).to_contain_text(text)


@pytest.mark.parametrize(
    ("language", "time_left", "text"),
    [
        ("en", 3 * DAY, "You have until June 18 (3 days left)."),
        ("de", 3 * DAY, "Sie können bis zum 18. Juni antworten (noch 3 Tage)."),
        ("de", 3600 * SECOND, "Sie können bis zum 15. Juni um 15:00 MESZ antworten (noch 60 Minuten)."),
        ("es", 3 * DAY, "Tienes hasta el 18 de junio (quedan 3 días)."),
        ("es", SECOND, "Tienes hasta el 15 de junio a las 14:00 CEST (queda 1 segundo)."),
        ("ar", 2 * DAY, "يمكنك الرد حتى 17 يونيو (المتبقي: يومان)."),
        ("ar", 3 * DAY, "يمكنك الرد حتى 18 يونيو (المتبقي: 3 أيام)."),
        ("ar", 14 * DAY, "يمكنك الرد حتى 29 يونيو (المتبقي: 14 يومًا)."),
    ],
)
def test_the_time_left_has_the_plural_form_of_its_number(
    open_page: OpenPage, api: FakeApi, language: str, time_left: timedelta, text: str
) -> None:
    api.open_request = a_request(expires_at=NOW + time_left)
    page = open_page(CLIENT_ROOM, locale=language)
    expect(page.locator(".open")).to_contain_text(text)


def test_each_number_of_stars_has_its_plural_form(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(LINK, locale="ar")
    stars = page.get_by_role("radiogroup", name="الجودة").get_by_role("radio")
    expect(stars).to_have_count(5)
    labels = [star.get_attribute("aria-label") for star in stars.all()]
    assert labels == ["نجمة واحدة، ضعيف", "نجمتان", "3 نجوم", "4 نجوم", "5 نجوم، ممتاز"]

"""HTML of the console: the page, and the parts of it that are sent again when they change."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from local.console.timeline import Kind
from mid_job_feedback.domain.models import shown

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
DARK: Final = re.compile(r"\(\s*prefers-color-scheme:\s*dark\s*\)")
SCHEMES: Final = {"light": "(max-width: 0)", "dark": "(min-width: 0)"}
"""What takes the place of the media query for dark colours: a condition that never, or always, holds."""


def page(**values: Any) -> str:
    return _templates().get_template("console.html").render(values, kinds=list(Kind))


def part(name: str, **values: Any) -> str:
    """A part of the page, such as `contracts`."""
    return _templates().get_template(f"{name}.html").render(values)


def email_document(html: str, scheme: str) -> str:
    """The HTML of an e-mail, in this colour scheme whatever the browser prefers. Its links open in new tabs."""
    in_scheme = DARK.sub(SCHEMES[scheme], html)
    only_scheme = in_scheme.replace('content="light dark"', f'content="{scheme}"')
    return only_scheme.replace("<head>", '<head>\n<base target="_blank">', 1)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "instant": _instant,
        "ahead": _ahead,
        "json": _json,
        "linked": _linked,
        "path": lambda text: quote(text, safe=""),
        "slug": lambda text: re.sub(r"\W+", "-", text.lower()),
    }
    return environment


def _instant(at: datetime) -> Markup:
    """To the second, in UTC, as everything else on the console."""
    text = f"{at.astimezone(UTC):%-d %b %Y, %H:%M:%S}"
    return Markup('<time datetime="{}">{}</time>').format(shown(at), text)


def _ahead(seconds: int) -> str:
    """`13 days, 23 h 5 min`."""
    ahead = timedelta(seconds=seconds)
    hours, rest = divmod(ahead.seconds, 3600)
    days = [f"{ahead.days} day{'' if ahead.days == 1 else 's'}"] if ahead.days else []
    minutes = rest // 60
    clock = f"{hours} h {minutes} min" if minutes or not days else f"{hours} h"
    return ", ".join([*days, *([clock] if hours or minutes or not days else [])])


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _linked(text: str, links: Sequence[str]) -> Markup:
    """Text in which these links can be clicked."""
    pattern = "|".join(re.escape(link) for link in sorted(links, key=len, reverse=True))
    pieces = re.split(f"({pattern})", text) if pattern else [text]
    link = Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>')
    return Markup().join(link.format(piece) if piece in links else piece for piece in pieces)

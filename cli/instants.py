"""Instants on the command line."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import typer

from mid_job_feedback import clock
from mid_job_feedback.domain.models import cut

UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse(text: str) -> datetime:
    """Cut to milliseconds, as the service reads its clock. Without a zone, it is UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no instant such as 2026-12-24T12:00:00Z") from error
    return cut(instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC))


def parse_past(text: str) -> datetime:
    """An instant, or how long ago it was: `90m`, `12h`, `7d`."""
    ago = re.fullmatch(r"(\d{1,6})([smhd])", text)
    instant = cut(clock.now() - timedelta(**{UNITS[ago[2]]: int(ago[1])})) if ago else parse(text)
    if instant > clock.now():
        raise typer.BadParameter(f"{text} is in the future")
    return instant

"""Instants on the command line."""

from datetime import UTC, datetime

import typer

from mid_job_feedback.domain.models import cut


def parse(text: str) -> datetime:
    """Cut to milliseconds, as the service reads its clock. Without a zone, it is UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no instant such as 2026-12-24T12:00:00Z") from error
    return cut(instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC))

from datetime import UTC, datetime


def now() -> datetime:
    """The current time. Only handlers read it; the rules take it as a parameter."""
    return datetime.now(UTC)

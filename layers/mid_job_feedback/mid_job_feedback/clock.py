from datetime import UTC, datetime


def now() -> datetime:
    """The one clock of the service, read by entry points only; rules are handed what it says."""
    return datetime.now(UTC)

class LocalError(Exception):
    """An error that the user can resolve. The message says what went wrong and what to do."""

class LocalError(Exception):
    """Something went wrong that the person at the terminal can do something about; the message says what."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell is told; docs/cli.md lists it. Click itself exits with 2 for wrong options."""

    DONE = 0
    FAILED = 1
    FOUND_SOMETHING = 3
    FOUND_LOSS = 4
    INTERRUPTED = 130


class CommandError(Exception):
    """An error that the operator can resolve. The message is one sentence: what went wrong, and what to do."""

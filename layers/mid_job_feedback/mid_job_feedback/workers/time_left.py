"""Guards a batch against the function's timeout."""

from aws_lambda_powertools.utilities.typing import LambdaContext


class OutOfTime(Exception):
    """Too little time is left to start this record: a slow dependency could time out the invocation, and then the
    whole batch would fail.
    """


def require(milliseconds: int, context: LambdaContext) -> None:
    """Call before starting a record that may take `milliseconds`.

    Raises:
        OutOfTime: less time is left until the function's timeout.
    """
    if context.get_remaining_time_in_millis() < milliseconds:
        raise OutOfTime

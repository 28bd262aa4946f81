"""SES sends nothing for the account: its daily quota is used up, or its sending is paused. E-mails wait."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from tests.component import table_stream
from tests.component.log_lines import LogOutput, explanation, read
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor


class Refusal(NamedTuple):
    """How SES refuses to send, and the cause in the log."""

    code: str
    message: str
    cause: str


OVER_QUOTA = Refusal("ThrottlingException", "Daily message quota exceeded", "daily_quota")
REFUSALS = [
    OVER_QUOTA,
    Refusal("Throttling", "Daily message quota exceeded.", "daily_quota"),
    Refusal("TooManyRequestsException", "Daily sending quota exceeded", "daily_quota"),
    Refusal("LimitExceededException", "", "daily_quota"),
    Refusal("ThrottlingException", "Maximum sending rate exceeded", "throttled"),
    Refusal("TooManyRequestsException", "Too many requests", "throttled"),
    Refusal("SendingPausedException", "Sending is paused for this account", "sending_paused"),
    Refusal("AccountSuspendedException", "The account is suspended", "sending_paused"),
    Refusal("MessageRejected", "Email address is not verified. The quota is not used up", "rejected"),
]


OF_ANOTHER_SERVICE = OVER_QUOTA._replace(cause="throttled")


def refuse(sdk: SdkInterceptor, operation: str, refusal: Refusal) -> None:
    error = {"Code": refusal.code, "Message": refusal.message}
    sdk.respond_with_error(operation, refusal.code, Error=error)


@pytest.mark.parametrize(
    ("call", "refusal"),
    [*((("ses", "SendEmail"), refusal) for refusal in REFUSALS), (("sns", "Publish"), OF_ANOTHER_SERVICE)],
)
def test_the_log_tells_ses_daily_quota_and_paused_sending_from_a_rate_that_is_too_high(
    marketplace: Marketplace,
    sdk: SdkInterceptor,
    log_output: LogOutput,
    call: tuple[str, str],
    refusal: Refusal,
) -> None:
    marketplace.request_feedback()
    refuse(sdk, call[1], refusal)
    log_output()
    table_stream.deliver("notify", marketplace.stream.new_records())
    lines, _ = read(log_output())
    [failed] = [line for line in lines if line["message"] == "record failed"]
    assert explanation(failed) == (*call, refusal.cause, refusal.code)


def test_emails_over_the_daily_quota_are_sent_once_when_the_quota_is_free_again(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    """The quota covers 24 hours; `tests/unit/test_template.py` compares the time of retries with that."""
    marketplace.start_eligible_contract("c-2", title="Answered meanwhile")
    for contract_id in ("c-1", "c-2"):
        marketplace.request_feedback(contract_id)
    records = [record for record in marketplace.stream.new_records() if record["eventName"] == "INSERT"]
    records = table_stream.filtered("notify", records)
    refuse(sdk, "SendEmail", OVER_QUOTA)
    assert table_stream.deliver("notify", records) == table_stream.sequence_numbers(records)
    for _ in range(6):  # a few of the retries, over thirty hours
        marketplace.wait(timedelta(hours=5))
        assert table_stream.deliver_by_retry_queue("notify", *records) == ["0", "1"]
    assert (marketplace.emails(), len(marketplace.dash_messages())) == ([], 2)
    marketplace.submit_feedback("c-2")
    sdk.restore()
    for _ in range(2):
        assert table_stream.deliver_by_retry_queue("notify", *records) == []
    [email] = marketplace.emails()
    assert "Answered meanwhile" not in email.text
    assert len(marketplace.dash_messages()) == 2

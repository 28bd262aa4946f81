"""Warm-up during Lambda's init phase, which runs on a full core whatever the memory size."""

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final

from mid_job_feedback.domain import lifecycle, views
from mid_job_feedback.domain.models import (
    Contract,
    Feedback,
    FeedbackInput,
    FeedbackRequest,
    Party,
    RequestInput,
    Value,
)

type Models = tuple[type[Value], ...]

# The models that the most frequent calls use. Each stands after those that it contains, so these are built once.
SUBMIT: Final[Models] = (
    Party,
    Contract,
    Feedback,
    lifecycle.Snapshot,
    FeedbackInput,
    lifecycle.FeedbackGiven,
    views.FeedbackView,
)
REQUEST: Final[Models] = (
    Party,
    Contract,
    FeedbackRequest,
    lifecycle.Snapshot,
    RequestInput,
    lifecycle.RequestMade,
    views.EmailDeliveryView,
    views.DeliveryView,
    views.RequestView,
)
FEEDBACK_TAB: Final[Models] = (
    Party,
    Contract,
    Feedback,
    lifecycle.Snapshot,
    views.PersonView,
    views.ContractView,
    views.ActionView,
    views.ActionsView,
    views.FeedbackView,
    views.FeedbackTab,
)

LONGEST_WAIT_SECONDS: Final = 1.0  # if the table is out of reach, the first call reports it, not a failed init


def warm_up(*reads: Callable[[], object], models: Models = ()) -> None:
    """Call at the end of a handler's module. Runs `reads` in parallel for their side effects: clients are made,
    connections opened, code is loaded. Results and errors are ignored; the first call reports what is wrong.

    Builds `models` meanwhile.

    Does so only in Lambda's init phase, so that tests and tools can import a handler without network calls.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        threads = [Thread(target=_run, args=(read,), daemon=True) for read in reads]
        for thread in threads:
            thread.start()
        for model in models:
            model.model_rebuild()
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        for thread in threads:
            thread.join(max(0, until - time.monotonic()))
        gc.freeze()  # these objects live as long as the process; the garbage collector can skip them


def _run(read: Callable[[], object]) -> None:
    with suppress(Exception):
        read()

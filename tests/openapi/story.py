"""A contract's feedback through the client that openapi-python-client makes of the OpenAPI document.

`story.py give` requests and gives feedback, `story.py history` reads the work history. Each prints what it saw.
"""

import json
import os
import sys
from typing import Any

from feedback_client import AuthenticatedClient, Client
from feedback_client.api.contract_room import feedback_tab, give_feedback, request_feedback
from feedback_client.api.work_history import work_history
from feedback_client.models import (
    FeedbackInput,
    FeedbackTab,
    FeedbackView,
    Ratings,
    RequestInput,
    RequestPending,
    RequestView,
    WorkHistory,
)

API_URL, CONTRACT_ID = os.environ["API_URL"], os.environ["CONTRACT_ID"]


def give() -> dict[str, Any]:
    freelancer, client = (
        AuthenticatedClient(base_url=API_URL, token=os.environ[name])
        for name in ("FREELANCER_TOKEN", "CLIENT_TOKEN")
    )
    requested = request_feedback.sync_detailed(
        CONTRACT_ID,
        client=freelancer,
        body=RequestInput(message="How is it going?"),
        idempotency_key=os.environ["KEY"],
    )
    request = requested.parsed
    assert isinstance(request, RequestView), requested
    tab = feedback_tab.sync_detailed(CONTRACT_ID, client=client)
    assert isinstance(tab.parsed, FeedbackTab), tab
    assert isinstance(tab.parsed.open_request, RequestView), tab
    refused = request_feedback.sync_detailed(CONTRACT_ID, client=freelancer, body=RequestInput())
    assert isinstance(refused.parsed, RequestPending), refused
    ratings = Ratings(skills=5, quality=5, availability=4, deadlines=4, communication=5, cooperation=5)
    given = give_feedback.sync_detailed(CONTRACT_ID, client=client, body=FeedbackInput(ratings, comment="Good."))
    feedback = given.parsed
    assert isinstance(feedback, FeedbackView), given
    return {
        "statuses": [response.status_code for response in (requested, tab, refused, given)],
        "asked": tab.parsed.open_request.request_id == request.request_id and tab.parsed.viewer == "client",
        "refused": [refused.parsed.code, refused.parsed.expires_at == request.expires_at],
        "score": feedback.score,
        "answers": feedback.request_id == request.request_id,
    }


def history() -> dict[str, Any]:
    page = work_history.sync(os.environ["FREELANCER_ID"], client=Client(base_url=API_URL), limit=100)
    assert isinstance(page, WorkHistory), page
    return {
        "comments": [
            feedback.comment
            for contract in page.contracts
            if contract.contract_id == CONTRACT_ID
            for feedback in contract.feedback
        ]
    }


if __name__ == "__main__":
    print(json.dumps(give() if sys.argv[1] == "give" else history()))  # noqa: T201

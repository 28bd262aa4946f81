"""The functions do all they have to with their own roles, and nothing in those roles is more than they need."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from botocore.credentials import Credentials

from tests.conftest import Tried
from tests.e2e.marketplace import Marketplace, eventually
from tests.e2e.privileges import (
    Removal,
    denied,
    only_ours,
    parts_removed,
    paused,
    policies,
    removed,
    start_anew,
    statements_removed,
)
from tests.e2e.probes import Probe, Probes
from tests.e2e.test_story import (  # noqa: F401 - the same story, told again with permissions enforced
    test_a_freelancer_asks_the_client_answers_from_the_email_and_everyone_sees_it,
    test_a_link_answers_once_and_says_so_afterwards,
    test_a_repeated_call_with_an_idempotency_key_gets_the_first_answer,
    test_an_event_that_can_never_be_applied_is_set_aside_with_its_reason,
    test_end_of_contract_feedback_stands_beside_the_rest_and_counts,
    test_one_request_is_open_at_a_time,
    test_the_end_of_the_contract_cancels_the_request_and_closes_the_link,
    test_unprompted_feedback_closes_the_open_request,
)
from tests.soak import SOAK
from tests.unit.test_permissions import statements


@pytest.fixture(scope="module")
def marketplace(marketplace_with_iam: Marketplace) -> Marketplace:
    """What the story's tests are told on, here."""
    return marketplace_with_iam


@pytest.fixture(scope="module")
def probes(marketplace: Marketplace) -> Iterator[Probes]:
    stack = marketplace.stack
    with paused(stack), only_ours(stack):
        stack.client("sqs").purge_queue(QueueUrl=marketplace.queue_url)
        yield Probes(marketplace)


def fails(probe: Probe) -> bool:
    try:
        probe()
    except AssertionError:
        return True
    return False


def is_caught(removal: Removal) -> bool:
    """Whether the log has no more than an error's name or our own 503: texts of errors may quote an address."""
    by_name = {
        "RememberIdempotentResponses",
        "ReadLinkKey",
        "ReadRollout",
        "RecordExpiredRequests",
        "QueueFailedRecords",
    }
    return removal.policy.function in {"notify", "ingest"} or removal.what.partition(" ")[0] in by_name


def noticed_by(removal: Removal, probes: Probes) -> Probe | None:
    """What fails for want of the permission, and not because the machine is busy: the log says so, or else it
    fails again.
    """
    stack, function, began = probes.marketplace.stack, removal.policy.function, datetime.now(UTC)

    def failing() -> Probe | None:
        for probe in probes.of(function):
            if fails(probe) and (
                not denied(stack, began).isdisjoint(removal.actions) or (is_caught(removal) and fails(probe))
            ):
                return probe
        return None

    with removed(stack, removal):
        found = failing()
        if found is None:  # a process keeps what it has read: keys, configuration
            start_anew(stack, function)
            found = failing()
    return found


def test_what_is_not_answered_is_swept_told_and_asked_again(marketplace: Marketplace) -> None:
    probes = Probes(marketplace)
    contract_id = probes.due()
    assert probes.sweep_by_hand({"Idempotency-Key": contract_id}).status_code == 200
    eventually(lambda: marketplace.dash("feedback_request_expired", contract_id), "the Dash message")
    tab = marketplace.tab(contract_id, marketplace.freelancer).json()
    assert [past["status"] for past in tab["past_requests"]] == ["expired"]
    probes.ask(contract_id)


def test_a_request_takes_the_place_of_an_expired_one(marketplace: Marketplace) -> None:
    probes = Probes(marketplace)
    contract_id = probes.contract()
    probes.ask(contract_id)
    eventually(lambda: marketplace.mails(contract_id), "the first mail, which is not sent once there is a second")
    probes.let_expire(contract_id)
    probes.ask(contract_id)
    tab = marketplace.tab(contract_id, marketplace.freelancer).json()
    assert [past["status"] for past in tab["past_requests"]] == ["expired"]
    eventually(lambda: marketplace.dash("feedback_request_expired", contract_id), "the Dash message")
    eventually(lambda: len(marketplace.mails(contract_id)) == 2, "the second mail")


def test_a_sweep_is_only_for_operators_who_are_allowed_to_run_one(marketplace: Marketplace) -> None:
    iam, name = marketplace.stack.client("iam"), "operator"
    iam.create_user(UserName=name)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    operator = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"])

    def sweeps() -> int:
        return Probes(marketplace).sweep_by_hand({}, by=operator).status_code

    def may_call(route: str) -> None:
        api = f"arn:aws:execute-api:{marketplace.stack.region}:*:*/$default/{route}"
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": api}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="sweep", PolicyDocument=document)

    assert sweeps() == 403
    may_call("GET/expirations")
    assert sweeps() == 403
    may_call("POST/expirations")
    assert sweeps() == 200


def test_nothing_in_the_functions_policies_can_be_left_out(probes: Probes, tried: Tried) -> None:
    removals = [
        removal
        for policy in policies(probes.marketplace.stack)
        for removal in (*statements_removed(policy), *(parts_removed(policy) if SOAK else ()))
    ]
    whole = [removal.what for removal in removals if removal.kind == "statements removed"]
    assert sorted(whole) == sorted(name.partition(" ")[2] for name in statements()), "those of the template"
    unnoticed = []
    for removal in removals:
        probe = noticed_by(removal, probes)
        if probe:
            probe()  # which fails for want of the permission, and for nothing else
        else:
            unnoticed.append(str(removal))
        tried(removal.kind, 1)
    assert not unnoticed

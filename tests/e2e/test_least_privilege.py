"""The functions do all they have to with their own roles, and nothing in those roles is more than they need."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from botocore.credentials import Credentials

from tests.conftest import Tried
from tests.e2e.deployed_service import DeployedService, eventually
from tests.e2e.iam_policies import (
    Removal,
    denied_actions,
    event_sources_paused,
    parts_removed,
    policies,
    removed,
    restart_processes,
    statements_removed,
    without_sam_statements,
)
from tests.e2e.permission_checks import Check, PermissionChecks
from tests.e2e.test_user_journeys import (  # noqa: F401 - the same story, told again with permissions enforced
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
def service(service_with_iam: DeployedService) -> DeployedService:
    """What the story's tests are told on, here."""
    return service_with_iam


@pytest.fixture(scope="module")
def checks(service: DeployedService) -> Iterator[PermissionChecks]:
    stack = service.stack
    with event_sources_paused(stack), without_sam_statements(stack):
        stack.client("sqs").purge_queue(QueueUrl=service.queue_url)
        yield PermissionChecks(service)


def fails(check: Check) -> bool:
    try:
        check()
    except AssertionError:
        return True
    return False


def denial_is_not_logged(removal: Removal) -> bool:
    """Whether the log has no more than an error's name or our own 503: texts of errors may quote an address."""
    by_name = {
        "RememberIdempotentResponses",
        "ReadLinkKey",
        "ReadRollout",
        "RecordExpiredRequests",
        "QueueFailedRecords",
    }
    return removal.policy.function in {"notify", "ingest"} or removal.description.partition(" ")[0] in by_name


def failing_check(removal: Removal, checks: PermissionChecks) -> Check | None:
    """What fails for want of the permission, and not because the machine is busy: the log says so, or else it
    fails again.
    """
    stack, function, began = checks.service.stack, removal.policy.function, datetime.now(UTC)

    def find_failing_check() -> Check | None:
        for check in checks.for_function(function):
            if fails(check) and (
                not denied_actions(stack, began).isdisjoint(removal.actions)
                or (denial_is_not_logged(removal) and fails(check))
            ):
                return check
        return None

    with removed(stack, removal):
        found = find_failing_check()
        if found is None:  # a process keeps what it has read: keys, configuration
            restart_processes(stack, function)
            found = find_failing_check()
    return found


def test_what_is_not_answered_is_swept_told_and_asked_again(service: DeployedService) -> None:
    checks = PermissionChecks(service)
    contract_id = checks.contract_with_expired_request()
    assert checks.sweep_by_hand({"Idempotency-Key": contract_id}).status_code == 200
    eventually(lambda: service.dash_messages_about("feedback_request_expired", contract_id), "the Dash message")
    tab = service.tab(contract_id, service.freelancer).json()
    assert [past["status"] for past in tab["past_requests"]] == ["expired"]
    checks.request_feedback(contract_id)


def test_a_request_takes_the_place_of_an_expired_one(service: DeployedService) -> None:
    checks = PermissionChecks(service)
    contract_id = checks.contract()
    checks.request_feedback(contract_id)
    eventually(lambda: service.emails(contract_id), "the first mail, which is not sent once there is a second")
    checks.let_expire(contract_id)
    checks.request_feedback(contract_id)
    tab = service.tab(contract_id, service.freelancer).json()
    assert [past["status"] for past in tab["past_requests"]] == ["expired"]
    eventually(lambda: service.dash_messages_about("feedback_request_expired", contract_id), "the Dash message")
    eventually(lambda: len(service.emails(contract_id)) == 2, "the second mail")


def test_a_sweep_is_only_for_operators_who_are_allowed_to_run_one(service: DeployedService) -> None:
    iam, name = service.stack.client("iam"), "operator"
    iam.create_user(UserName=name)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    operator = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"])

    def sweeps() -> int:
        return PermissionChecks(service).sweep_by_hand({}, by=operator).status_code

    def allow(route: str) -> None:
        api = f"arn:aws:execute-api:{service.stack.region}:*:*/$default/{route}"
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": api}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="sweep", PolicyDocument=document)

    assert sweeps() == 403
    allow("GET/expirations")
    assert sweeps() == 403
    allow("POST/expirations")
    assert sweeps() == 200


def test_nothing_in_the_functions_policies_can_be_left_out(checks: PermissionChecks, tried: Tried) -> None:
    removals = [
        removal
        for policy in policies(checks.service.stack)
        for removal in (*statements_removed(policy), *(parts_removed(policy) if SOAK else ()))
    ]
    statements_removed_names = [
        removal.description for removal in removals if removal.kind == "statements removed"
    ]
    assert sorted(statements_removed_names) == sorted(name.partition(" ")[2] for name in statements()), (
        "those of the template"
    )
    unneeded = []
    for removal in removals:
        check = failing_check(removal, checks)
        if check:
            check()  # which fails for want of the permission, and for nothing else
        else:
            unneeded.append(str(removal))
        tried(removal.kind, 1)
    assert not unneeded

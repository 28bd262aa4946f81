"""Least privilege: the functions' roles allow all that they do, and no statement of a role can be left out."""

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
from tests.e2e.test_user_journeys import (  # noqa: F401 - they run here again, with IAM enforced
    test_a_link_accepts_feedback_once,
    test_end_of_contract_feedback_is_in_the_work_history_and_counts,
    test_feedback_in_the_contract_room_fulfils_the_open_request,
    test_requested_feedback_is_given_by_the_emailed_link_and_shown_everywhere,
    test_the_end_of_the_contract_cancels_the_request_and_closes_the_link,
)
from tests.soak import SOAK
from tests.unit.test_permissions import statements


@pytest.fixture(scope="module")
def service(service_with_iam: DeployedService) -> DeployedService:
    """The stack on which the user journeys run here."""
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
    """Whether the log names only the error class or a 503, and not the denied action.

    These functions do not log error messages, which may quote an address.
    """
    by_name = {
        "RememberIdempotentResponses",
        "ReadLinkKey",
        "ReadRollout",
        "ReadWhoWasErased",
        "RecordExpiredRequests",
        "QueueFailedRecords",
    }
    return (
        removal.policy.function in {"notify", "ingest", "delivery", "privacy"}
        or removal.description.partition(" ")[0] in by_name
    )


def is_needed(removal: Removal, checks: PermissionChecks) -> bool:
    """Whether a check fails without this permission.

    A check may also fail because the machine is busy. So either the log must have the denial, or the check must
    fail twice, and then pass as soon as the permission is back.
    """
    stack, function, began = checks.service.stack, removal.policy.function, datetime.now(UTC)

    def is_denial_logged() -> bool:
        return not denied_actions(stack, began).isdisjoint(removal.actions)

    def failing_check() -> Check | None:
        for check in checks.for_function(function):
            if fails(check) and (is_denial_logged() or (denial_is_not_logged(removal) and fails(check))):
                return check
        return None

    with removed(stack, removal):
        found = failing_check()
        if found is None:  # running processes have cached the key and the configuration
            restart_processes(stack, function)
            found = failing_check()
    if found and not is_denial_logged():
        found()
    return found is not None


def test_an_expired_request_is_swept_announced_and_followed_by_another(service: DeployedService) -> None:
    checks = PermissionChecks(service)
    contract_id = checks.contract_with_expired_request()
    assert service.sweep().status_code == 200
    eventually(lambda: service.dash_messages_about("feedback_request_expired", contract_id), "the Dash message")
    tab = service.tab(contract_id, service.freelancer).json()
    assert [past["status"] for past in tab["past_requests"]] == ["expired"]
    checks.make_request(contract_id)


def test_only_operators_with_the_permission_may_run_a_sweep(service: DeployedService) -> None:
    iam, name = service.stack.client("iam"), "operator"
    iam.create_user(UserName=name)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    operator = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"])

    def sweeps() -> int:
        return service.sweep(by=operator).status_code

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


def test_no_statement_of_the_functions_policies_can_be_left_out(checks: PermissionChecks, tried: Tried) -> None:
    removals = [
        removal
        for policy in policies(checks.service.stack)
        for removal in (*statements_removed(policy), *(parts_removed(policy) if SOAK else ()))
    ]
    deployed = sorted(removal.description for removal in removals if removal.kind == "statements removed")
    assert deployed == sorted(name.partition(" ")[2] for name in statements()), "not the template's statements"
    unneeded = []
    for removal in removals:
        if not is_needed(removal, checks):
            unneeded.append(str(removal))
        tried(removal.kind, 1)
    assert not unneeded

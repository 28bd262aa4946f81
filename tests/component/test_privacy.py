"""Export and erasure: everything of a person is found, and nothing of it is left or comes back."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from mid_job_feedback.domain.models import ERASED
from mid_job_feedback.domain.refusals import Unavailable
from mid_job_feedback.workers import personal_queues, privacy
from tests import contract_queue, email_events, lambda_runtime
from tests.builders import DAY, NOW, SECOND
from tests.component import person_life, table_stream
from tests.component.fault_injection import Call, FaultInjector, Send
from tests.component.marketplace import Marketplace
from tests.component.person_life import CLIENT, FREELANCER, named, words, words_everywhere, words_stored
from tests.sdk_interceptor import ProcessKilled
from tests.template import template

OTHER = {CLIENT: FREELANCER, FREELANCER: CLIENT}

GIVEN = {
    "ratings": dict.fromkeys(("skills", "quality", "availability", "deadlines", "communication", "cooperation"), 5)
}

BEGUN = {"command": "erase", "person_id": "u", "began_at": "2026-06-15T12:00:00Z"}
READS = {"Query", "BatchGetItem", "GetQueueAttributes", "ReceiveMessage"}

both = pytest.mark.parametrize("person", [CLIENT, FREELANCER])


@pytest.fixture(scope="module")
def stored() -> person_life.Stored:
    """What the first life has stored. Later tests store it again, which is quicker than to live."""
    return person_life.Stored()


@pytest.fixture
def lived(
    empty_marketplace: Marketplace, stored: person_life.Stored, monkeypatch: pytest.MonkeyPatch
) -> Marketplace:
    """With nothing in the queues, which erasures leave out: they are slow."""
    stored.restore(empty_marketplace)
    person_life.empty_queues()
    monkeypatch.setattr(personal_queues, "queues", list)
    return empty_marketplace


@pytest.fixture
def lived_with_queues(
    empty_marketplace: Marketplace, stored: person_life.Stored, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Marketplace]:
    stored.restore(empty_marketplace)
    person_life.fill_queues(stored)
    monkeypatch.setattr(personal_queues, "LONGEST_WAIT", 0)
    yield empty_marketplace
    person_life.empty_queues()


@both
def test_an_export_has_all_words_that_a_search_of_every_place_finds(
    lived_with_queues: Marketplace, person: str
) -> None:
    lived = lived_with_queues
    found = words_everywhere(lived, person)
    of_requests = {"expire-failures"} if person == FREELANCER else set()
    assert found.keys() == {"table", "answers", "contract-events", "dead-letters", "failures"} | of_requests
    responses = person_life.handled(lived, "export", person)
    entries = [entry for response in responses for entry in response["entries"]]
    assert words(json.dumps(entries), person) == set().union(*found.values())
    assert responses[-1]["progress"] is None
    assert all(entry[text] for entry in entries for text in ("what", "where", "why", "kept"))
    assert words_everywhere(lived, person) == found


@both
def test_an_erasure_leaves_none_of_the_words_of_a_person_and_all_of_the_others(
    lived_with_queues: Marketplace, person: str
) -> None:
    lived = lived_with_queues
    others = words_everywhere(lived, OTHER[person])
    responses = person_life.erased(lived, person)
    assert words_everywhere(lived, person) == {}
    newest = {str(r["dynamodb"]["Keys"]): r["dynamodb"].get("NewImage", {}) for r in lived.stream.new_records()}
    assert newest
    assert not words(json.dumps(newest), person), "the stream tells anew what was erased"
    left = words_everywhere(lived, OTHER[person])
    # What became of an e-mail to the person, and a message that cannot be parsed, are deleted as a whole.
    assert {place: those for place, those in left.items() if place != "failures"} == {
        place: those for place, those in others.items() if place != "failures"
    }
    told = {each["what"] for response in responses for each in response["kept"]}
    assert told
    assert {"point-in-time recovery of the table", "the table's stream"} <= {
        each["where"] for each in responses[-1]["remaining"]
    }


@both
def test_readers_stay_whole_after_an_erasure(lived: Marketplace, person: str) -> None:
    before = lived.feedback_summary().body
    token = lived.link_token("c-2")
    person_life.erased(lived, person)
    role = "client" if person == CLIENT else "freelancer"
    for contract_id in ("c-1", "c-2"):
        for reader in (CLIENT, FREELANCER):
            tab = lived.feedback_tab(contract_id, person=reader)
            assert tab.status == 200
            assert tab.body["contract"][role]["name"] == ERASED
    assert lived.work_history().status == 200
    assert lived.feedback_summary().body == before | ({"name": ERASED} if person == FREELANCER else {})
    assert lived.open_requests(CLIENT).status == 200
    opened = lived.open_link(token)
    assert (opened.status if person == FREELANCER else opened.refusal) in {200, (410, "link_superseded")}
    lived.process_stream()
    for mail in lived.emails():
        assert not words(f"{mail.to} {mail.subject} {mail.text}", person)
    for message in lived.dash_messages():
        assert not words(json.dumps(message), person)


def test_the_open_request_to_an_erased_client_is_cancelled(lived: Marketplace) -> None:
    person_life.erased(lived, CLIENT)
    tab = lived.feedback_tab("c-2").body
    assert tab["open_request"] is None
    assert [request["status"] for request in tab["past_requests"]] == ["cancelled"]
    assert lived.open_requests(CLIENT).body["requests"] == []


def test_a_message_of_an_erased_freelancer_goes_and_the_request_stays_open(lived: Marketplace) -> None:
    person_life.erased(lived, FREELANCER)
    assert lived.feedback_tab("c-2").body["open_request"]["message"] is None


@both
def test_events_of_before_the_erasure_bring_nothing_back(lived: Marketplace, person: str) -> None:
    person_life.erased(lived, person)
    for contract_id in ("c-1", "c-2", "c-9"):
        people = person_life.people("late")
        late = contract_queue.event("contract-started", NOW - SECOND, contract_id=contract_id, **people)
        newest = contract_queue.event("contract-started", NOW, contract_id=contract_id, **people)
        comment = contract_queue.event(
            "end-of-contract-feedback", contract_id=contract_id, feedback_id="e-9", comment="Zzclientlate"
        )
        early = contract_queue.event(
            "end-of-contract-feedback", contract_id="c-10", feedback_id="e-9", comment="Zzclientearly"
        )
        started = contract_queue.event("contract-started", contract_id="c-10", **people)
        assert contract_queue.deliver(late, newest, comment, early, started) == []
        assert contract_queue.replay(late, newest, comment) == []
    assert words_stored(lived, person) == {}
    if person == FREELANCER:
        assert "zzclientlate" in words_stored(lived, CLIENT)["table"]


def test_a_newer_event_of_the_marketplace_counts_and_a_second_erasure_tells_of_it(lived: Marketplace) -> None:
    first = person_life.erased(lived, CLIENT)
    assert not [each for response in first for each in response["kept"] if "stated again" in each["what"]]
    newer = lived.clock.now() + SECOND
    people: dict[str, Any] = {"client": named(CLIENT, "again"), "freelancer": named(FREELANCER)}
    assert contract_queue.deliver(contract_queue.event("contract-started", newer, **people)) == []
    assert words_stored(lived, CLIENT) == {"table": {"zzclientnameagain", "zzclientmailagain"}}
    assert lived.feedback_tab().body["contract"]["client"]["name"] == "Zzclientnameagain"
    lived.wait(DAY)
    person_life.erased(lived, CLIENT)
    assert words_stored(lived, CLIENT) == {}


UNSENT = ("SendEmail", "Publish", "PutEvents")
TABLE = ("Query", "BatchGetItem", "PutItem", "UpdateItem")


@both
@pytest.mark.parametrize(
    ("function", "failing", "stay"),
    [
        ("notify", UNSENT, False),
        ("notify", TABLE, False),
        ("expire", ("PutItem",), False),
        # Nobody knows whether the author of the message was erased.
        ("expire", TABLE, True),
    ],
)
def test_a_record_of_before_the_erasure_that_fails_afterwards_brings_no_word_into_a_queue(
    lived: Marketplace,
    stored: person_life.Stored,
    person: str,
    function: str,
    failing: tuple[str, ...],
    *,
    stay: bool,
) -> None:
    """No erasure looks through the queues any more. When the record is handled at last, the words are nowhere."""
    if function == "expire":
        lived.remove_by_ttl("c-2")
    records = table_stream.filtered(function, [*stored.records, *lived.stream.new_records()])
    assert words(json.dumps(records), FREELANCER)
    person_life.erased(lived, person)
    for operation in failing:
        lived.sdk.respond_with_error(operation, "ServiceUnavailable")
    result = lambda_runtime.invoke(function, {"Records": records})
    moved = [json.loads(message) for message in person_life.messages("retries")]
    assert (bool(moved), bool(result["batchItemFailures"])) == (not stay, stay)
    assert words_everywhere(lived, person) == {}
    lived.sdk.restore()
    person_life.empty_queues()
    if stay:
        assert lambda_runtime.invoke(function, {"Records": records}) == {"batchItemFailures": []}
    else:
        assert table_stream.deliver_by_retry_queue(function, *moved) == []
    assert words_everywhere(lived, person) == {}
    told = [(mail.subject, mail.text) for mail in lived.emails()], lived.dash_messages()
    assert not words(json.dumps([told, lived.sdk.parameters_of("PutEvents")], default=str), person)


def test_a_message_that_waited_unseen_during_the_erasure_is_replaced_when_it_fails_again(
    lived: Marketplace,
) -> None:
    """SQS shows a message to one reader at a time."""
    lived.remove_by_ttl("c-2")
    waiting = table_stream.queued("expire", lived.stream.new_records()[-1])
    assert words(json.dumps(waiting), FREELANCER)
    lived.sdk.respond_with_error("PutItem", "ServiceUnavailable")
    assert table_stream.deliver_by_retry_queue("expire", waiting) == ["0"]
    lived.sdk.restore()
    person_life.erased(lived, FREELANCER)
    lived.sdk.respond_with_error("PutItem", "ServiceUnavailable")
    assert table_stream.deliver_by_retry_queue("expire", waiting) == []
    [replaced] = [json.loads(message) for message in person_life.messages("retries")]
    assert not words(json.dumps(replaced), FREELANCER)
    assert table_stream.deliver_by_retry_queue("expire", replaced) == ["0"]
    lived.sdk.restore()
    person_life.empty_queues()
    assert table_stream.deliver_by_retry_queue("expire", replaced) == []
    assert words_everywhere(lived, FREELANCER) == {}
    assert [request["status"] for request in lived.feedback_tab("c-2").body["past_requests"]] == ["expired"]


def _set_aside(at: datetime) -> tuple[str, ...]:
    """Events that can never be applied: malformed, or of other people than those of the contract."""
    everybody = person_life.people("late")
    return (
        contract_queue.event("contract-started", at, contract_id="c-1", title=7, **everybody),
        contract_queue.event("contract-started", at, contract_id="c-3", **everybody),
        contract_queue.event("end-of-contract-feedback", at, comment="Zzclientlate", ratings={}),
    )


@both
def test_a_late_event_that_can_never_be_applied_is_set_aside_without_the_person(
    lived: Marketplace, person: str
) -> None:
    person_life.erased(lived, person)
    assert contract_queue.deliver(*_set_aside(NOW - SECOND)) == []
    assert len(person_life.messages("dead-letters")) == 3
    assert words_everywhere(lived, person) == {}
    assert words_everywhere(lived, OTHER[person])["dead-letters"]
    person_life.empty_queues()
    assert contract_queue.deliver(*_set_aside(lived.clock.now() + SECOND)) == []
    assert words_everywhere(lived, person)["dead-letters"], "the marketplace has stated it again"


def test_an_event_is_not_set_aside_as_long_as_nobody_knows_who_was_erased(lived: Marketplace) -> None:
    lived.sdk.respond_with_error("BatchGetItem", "ServiceUnavailable")
    assert contract_queue.deliver(*_set_aside(NOW - SECOND)) == ["0", "1", "2"]
    assert person_life.messages("dead-letters") == []


@both
@pytest.mark.parametrize("recipient", [CLIENT, FREELANCER])
def test_a_malformed_event_about_an_email_of_before_the_erasure_is_set_aside_without_the_person(
    lived: Marketplace, person: str, recipient: str
) -> None:
    person_life.erased(lived, person)
    about = email_events.some_tags(person_id=recipient, request_id=None)
    headers = {"subject": f"Zz{person_life.OF[person]}name gave feedback", "from": ["x"]}
    event = json.loads(
        email_events.event(
            "bounced",
            about=about,
            destination=[named(recipient)["email"]],
            commonHeaders=headers,
        )
    )
    lambda_runtime.invoke("delivery", email_events.invocation(json.dumps(event | {"bounce": {}})))
    assert len(person_life.messages("failures")) == (0 if person == recipient else 1)
    assert words_everywhere(lived, person) == {}


@both
def test_an_event_about_an_email_that_fails_after_the_erasure_is_kept_without_addresses(
    lived: Marketplace, person: str
) -> None:
    """Lambda puts what failed three times into the failure queue as it is."""
    person_life.erased(lived, person)
    lived.sdk.respond_with_error("BatchGetItem", "ServiceUnavailable")
    about = email_events.some_tags(person_id=person, request_id=None)
    headers = {"subject": f"{named(OTHER[person])['name']} gave feedback", "from": ["x"]}
    whole = email_events.event("bounced", about=about, destination=[named(person)["email"]], commonHeaders=headers)
    email_events.deliver(whole)
    [kept] = [each["Message"] for each in lived.sdk.parameters_of("Publish")]
    with pytest.raises(Unavailable):
        email_events.deliver(kept)
    assert words(whole, person)
    assert not words(kept, person) | words(kept, OTHER[person])


def test_a_request_removed_before_the_erasure_is_recorded_without_its_message(lived: Marketplace) -> None:
    """The stream still has the message."""
    lived.remove_by_ttl("c-2")
    person_life.erased(lived, FREELANCER)
    lived.process_stream()
    assert words_stored(lived, FREELANCER) == {}
    assert [request["status"] for request in lived.feedback_tab("c-2").body["past_requests"]] == ["expired"]


@both
def test_each_call_does_a_little_if_it_has_little_time(lived: Marketplace, person: str) -> None:
    whole = person_life.handled(lived, "export", person)
    assert len(whole) == 1
    bit_by_bit = person_life.handled(lived, "export", person, time_left=1)
    assert len(bit_by_bit) > len(whole[0]["entries"]) / 4
    assert [entry for response in bit_by_bit for entry in response["entries"]] == whole[0]["entries"]
    person_life.handled(lived, "erase", person, time_left=1)
    assert words_stored(lived, person) == {}


def test_the_pause_is_longer_than_any_function_runs() -> None:
    """A call may store, when it ends, what it had read before the erasure."""
    functions = template()["Resources"].values()
    limits = [f["Properties"].get("Timeout", 0) for f in functions if f["Type"] == "AWS::Serverless::Function"]
    assert max(limits) < privacy.SETTLING.total_seconds()


def test_an_erasure_looks_again_after_two_minutes_and_not_before(lived: Marketplace) -> None:
    event: dict[str, Any] = {"command": "erase", "person_id": CLIENT, "progress": None}
    first = lambda_runtime.invoke("privacy", event)
    assert (first["done"], first["wait_seconds"]) == (False, 120)
    too_early = lambda_runtime.invoke("privacy", event | {"progress": first["progress"]})
    assert (too_early["progress"], too_early["wait_seconds"], too_early["erased"]) == (first["progress"], 120, [])
    lived.wait(SECOND * 120)
    # Meanwhile, a call that had read the contract before the erasure has stored a name.
    lived.set_attribute("client_name", {"S": "Zzclientlate"})
    second = lambda_runtime.invoke("privacy", event | {"progress": first["progress"]})
    assert (second["done"], [each["what"] for each in second["erased"]]) == (
        False,
        ["name, address, language and time zone"],
    )
    lived.wait(SECOND * 120)
    third = lambda_runtime.invoke("privacy", event | {"progress": second["progress"]})
    assert (third["done"], third["erased"]) == (True, [])
    assert words_stored(lived, CLIENT) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"command": "forget", "person_id": "u"},
        {"command": "erase", "person_id": "a b"},
        {"command": "erase", "person_id": "u", "progress": BEGUN | {"command": "export"}},
        {"command": "erase", "person_id": "u", "progress": BEGUN | {"person_id": "u-2"}},
    ],
)
def test_a_malformed_command_is_refused(empty_marketplace: Marketplace, wrong: dict[str, Any]) -> None:
    response = lambda_runtime.invoke("privacy", wrong)
    assert response["error"] == "invalid_command"
    assert response["detail"]
    assert empty_marketplace.rows() == []


def test_a_person_of_whom_nothing_is_stored(lived: Marketplace) -> None:
    [response] = person_life.handled(lived, "export", "u-unknown")
    assert response["entries"] == []
    responses = person_life.erased(lived, "u-unknown")
    assert [each for response in responses for each in response["erased"]] == []


def test_an_erasure_whose_process_is_killed_at_any_call_can_be_repeated(
    lived: Marketplace, stored: person_life.Stored, injector: FaultInjector
) -> None:
    """It begins anew, as if the caller had lost the response. To be killed after a read is to be killed after the
    write before it.
    """
    person_life.erased(lived, CLIENT)
    writes = [number for number, call in enumerate(injector.calls) if call.operation not in READS]
    assert len(writes) > len(READS)
    for number in writes:
        stored.restore(lived)
        injector.reset()
        injector.inject(number, _killed)
        with pytest.raises(ProcessKilled):
            person_life.erased(lived, CLIENT)
        person_life.erased(lived, CLIENT)
        assert words_stored(lived, CLIENT) == {}, number


def _killed(_: Call, send: Send) -> None:
    send()
    raise ProcessKilled


def _answer(marketplace: Marketplace) -> None:
    assert marketplace.submit_feedback("c-2", body=GIVEN).status == 201


def _decline(marketplace: Marketplace) -> None:
    assert marketplace.decline(contract_id="c-2").status == 200


def _end(marketplace: Marketplace) -> None:
    marketplace.end_contract("c-2")


def _restore(marketplace: Marketplace) -> None:
    [feedback_id] = {
        row["feedback_id"]["S"] for row in marketplace.rows() if row["SK"]["S"].startswith("EARLIER#")
    }
    assert marketplace.moderate(feedback_id, state="visible").status == 200


def _replace_people(marketplace: Marketplace) -> None:
    """The older start says that the contract is others'."""
    others: dict[str, Any] = {
        "client": {"id": "u-3", "name": "Third", "email": "third@example.com"},
        "freelancer": {"id": "u-4", "name": "Fourth", "email": "fourth@example.com"},
    }
    older = contract_queue.event("contract-started", NOW - DAY, contract_id="c-1", **others)
    assert contract_queue.deliver(older) == []


@pytest.mark.parametrize(
    ("command", "read", "person"),
    [
        (_answer, "Query", FREELANCER),
        (_decline, "BatchGetItem", FREELANCER),
        (_end, "Query", FREELANCER),
        (_restore, "Query", CLIENT),
        (_replace_people, "Query", CLIENT),
        (_replace_people, "Query", FREELANCER),
    ],
)
def test_a_command_that_had_read_words_before_they_were_erased_does_not_store_them(
    lived: Marketplace, injector: FaultInjector, command: Callable[[Marketplace], None], read: str, person: str
) -> None:
    """The first pass of the erasure takes place between the read and the write."""
    erasures: list[Any] = []
    event = person_life.EVENTS["erase"] | {"person_id": person}

    def erase_then(call: Call, send: Send) -> Any:
        response = send()
        if call.operation == read and not erasures:
            erasures.append(None)
            erasures.append(lambda_runtime.invoke("privacy", event))
            assert words_stored(lived, person) == {}
        return response

    for number in range(6):
        injector.inject(number, erase_then)
    command(lived)
    assert erasures[1]["erased"]
    assert words_stored(lived, person) == {}

"""Ids of every form from event to answer: contract, client, freelancer, payment and feedback."""

import json
import random
from urllib.parse import quote

import pytest

from mid_job_feedback.domain.models import ID_LENGTH, is_id
from tests.builders import IDS, RATINGS
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.log_search import IN_PROCESS

every_id = pytest.mark.parametrize("id_", [*IDS, "x" * ID_LENGTH, "~" * ID_LENGTH], ids=lambda id_: id_[:25])


def people(id_: str) -> tuple[str, str]:
    """The ids of a client and a freelancer, of the same form and length."""
    return f"K{id_[1:]}", f"F{id_[1:]}"


def start(marketplace: Marketplace, id_: str) -> None:
    client, freelancer = people(id_)
    parties = {
        "client": {"id": client, "name": "Client", "email": "client@example.com"},
        "freelancer": {"id": freelancer, "name": "Freelancer", "email": "freelancer@example.com"},
    }
    marketplace.publish_event("payment-made", contract_id=id_, payment_id=id_)
    marketplace.start_contract(id_, **parties)


@every_id
def test_an_id_leads_from_the_event_to_the_request_the_link_and_the_history(
    empty_marketplace: Marketplace, id_: str
) -> None:
    marketplace, (client, freelancer) = empty_marketplace, people(id_)
    start(marketplace, id_)
    contract = marketplace.feedback_tab(id_, client).body["contract"]
    assert (contract["contract_id"], contract["client"]["id"], contract["freelancer"]["id"]) == (
        id_,
        client,
        freelancer,
    )
    requested = marketplace.request_feedback(id_, freelancer, headers={"idempotency-key": "key-1"})
    assert (requested.status, requested.body["contract_id"]) == (201, id_)
    assert (
        marketplace.request_feedback(id_, freelancer, headers={"idempotency-key": "key-1"}).body == requested.body
    )
    assert marketplace.open_link(marketplace.link_token(id_)).body["contract"]["contract_id"] == id_
    assert marketplace.submit_by_link(marketplace.link_token(id_)).status == 201
    marketplace.publish_event("end-of-contract-feedback", contract_id=id_, feedback_id=id_)
    feedback = marketplace.feedback_tab(id_, freelancer).body["feedback"]
    assert {entry["contract_id"] for entry in feedback} == {id_}
    [shown] = marketplace.work_history(freelancer).body["contracts"]
    assert (shown["contract_id"], len(shown["feedback"])) == (id_, 2)
    assert id_ in {entry["feedback_id"] for entry in shown["feedback"]}


@every_id
def test_messages_link_to_the_contract_with_its_id_escaped(empty_marketplace: Marketplace, id_: str) -> None:
    client, freelancer = people(id_)
    start(empty_marketplace, id_)
    empty_marketplace.request_feedback(id_, freelancer)
    empty_marketplace.process_stream()
    empty_marketplace.submit_feedback(id_, client)
    empty_marketplace.process_stream()
    requested, provided = empty_marketplace.dash_messages()
    assert (requested["recipient_id"], provided["recipient_id"]) == (client, freelancer)
    room = f"https://feedback.example.com/app/contract?id={quote(id_, safe='')}"
    assert requested["link"] == provided["link"] == room
    assert room in empty_marketplace.emails()[-1].text


@every_id
def test_ids_compare_exactly(empty_marketplace: Marketplace, id_: str) -> None:
    client, _ = people(id_)
    start(empty_marketplace, id_)
    for other in (f"{id_}x", id_.swapcase(), quote(id_, safe=""), f"{id_} ", id_[:-1]):
        for contract_id, person in ((other, client), (id_, other)):
            if (contract_id, person) != (id_, client):
                refused = empty_marketplace.feedback_tab(contract_id, person)
                assert (contract_id, refused.refusal) == (contract_id, (404, "contract_not_found"))


@every_id
def test_a_page_of_the_history_continues_behind_any_id(empty_marketplace: Marketplace, id_: str) -> None:
    _, freelancer = people(id_)
    start(empty_marketplace, id_)
    empty_marketplace.publish_event("end-of-contract-feedback", contract_id=id_, feedback_id=id_)
    first = empty_marketplace.work_history(freelancer, limit=1).body
    second = empty_marketplace.work_history(freelancer, limit=1, cursor=first["next_cursor"]).body
    assert [entry["feedback_id"] for entry in second["contracts"][0]["feedback"]] == [id_]


def test_the_longest_cursor_is_accepted(empty_marketplace: Marketplace) -> None:
    """With the longest ids and title, made of random characters, which cannot be compressed."""
    chance = random.Random(1)  # noqa: S311
    characters = [character for character in map(chr, range(0x20, 0x7F)) if is_id(character)]
    contract_id, freelancer, feedback_id = ("".join(chance.choices(characters, k=ID_LENGTH)) for _ in range(3))
    title = "".join(chr(chance.randrange(0x20000, 0x110000)) for _ in range(300))
    parties = {"freelancer": {"id": freelancer, "name": "Freelancer", "email": "freelancer@example.com"}}
    empty_marketplace.start_eligible_contract(contract_id, title=title, **parties)
    for number in (1, 2):
        feedback = {"feedback_id": f"{feedback_id[:-1]}{number}", "ratings": RATINGS}
        empty_marketplace.publish_event("end-of-contract-feedback", contract_id=contract_id, **feedback)
    first = empty_marketplace.work_history(freelancer, limit=2).body
    assert 2_500 < len(first["next_cursor"]) < 3_000
    assert len(empty_marketplace.work_history(freelancer, cursor=first["next_cursor"]).body["contracts"]) == 1


@pytest.mark.usefixtures("_debug_level")
def test_an_id_that_is_an_email_address_is_hashed_in_the_log(
    empty_marketplace: Marketplace, log_output: LogOutput
) -> None:
    start(empty_marketplace, "a+b@example.com")
    log_output()
    assert empty_marketplace.feedback_tab("a+b@example.com", "K+b@example.com").status == 200
    assert empty_marketplace.work_history("F+b@example.com").status == 200
    written = log_output()
    IN_PROCESS.read(written)
    assert "@" not in written
    lines = [line for line in map(json.loads, written.splitlines()) if "_aws" not in line]
    assert [line["contract_id"] for line in lines[:1]] == ["sha256:7b97e2cd5da4"]
    assert lines[1]["freelancer_id"].startswith("sha256:")

"""A bounded load of mixed traffic: no 5xx; afterwards all is as the model has it, and everybody was told once."""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.conftest import Tried
from tests.e2e.marketplace import Marketplace, days_ago, eventually
from tests.e2e.replay import replayed, shows_what
from tests.soak import either
from tests.store.model import Model
from tests.store.modelled import Json
from tests.template import ROOT

LOCUST = ROOT / ".local/locust/bin/locust"
PEOPLE = 8
CONTRACTS = either(quick=12, soak=150)
SECONDS = either(quick=8, soak=180)
BETWEEN_ENDS = either(quick=2, soak=1)  # seconds

Told = Counter[tuple[str, str]]
"""Contracts or titles, each with what was told or whom."""


def test_mixed_traffic(marketplace: Marketplace, tmp_path: Path, tried: Tried) -> None:
    started = [_a_contract(marketplace) for _ in range(CONTRACTS)]
    asked = [_asked(marketplace, contract) for contract in started[::3]]
    with ThreadPoolExecutor() as beside:
        ending = beside.submit(_end, marketplace, started[::4])
        answers, accepted = _load(marketplace, started, asked, tmp_path)
    assert {answer["name"] for answer in answers} == {"tab", "work history", "ask", "give", "answer"}
    assert [answer for answer in answers if answer["num_failures"]] == []
    model = replayed(marketplace, started, [*asked, *accepted, *ending.result()])
    tabs = shows_what(marketplace, model)
    _everybody_was_told_once(marketplace, model, mailed={request["request_id"] for request in asked})
    tried("calls under load", sum(answer["num_requests"] for answer in answers))
    tried("tabs after load, compared with the model", tabs)


def _a_contract(marketplace: Marketplace) -> Json:
    contract_id, title, started_at, paid_at = f"c-{uuid4()}", f"Load {uuid4()}", days_ago(60), days_ago(1)
    marketplace.pay(contract_id, paid_at)
    marketplace.start(contract_id, title=title, started_at=started_at)
    eventually(lambda: marketplace.eligible(contract_id), "the contract to arrive")
    return {"contract_id": contract_id, "title": title, "started_at": started_at, "paid_at": paid_at}


def _asked(marketplace: Marketplace, contract: Json) -> Json:
    """Beforehand, so that there are links to answer by."""
    answer = marketplace.ask(contract["contract_id"], message := "Before the load.").json()
    about = {"contract_id": contract["contract_id"], "request_id": answer["request_id"]}
    token = marketplace.token_mailed(contract["title"])
    return {"was": "asked", **about, "token": token, "sent": {"message": message}, "answer": answer}


def _end(marketplace: Marketplace, contracts: list[Json]) -> list[Json]:
    """One after another, while others ask and answer."""
    ends = []
    for contract in contracts:
        time.sleep(BETWEEN_ENDS)
        ended = {"contract_id": contract["contract_id"], "ended_at": days_ago(0)}
        marketplace.publish(("ContractEnded", ended))
        ends.append({"was": "ended", **ended})
    for end in ends:
        eventually(lambda: not marketplace.active(end["contract_id"]), "the end")  # noqa: B023
    return ends


def _load(
    marketplace: Marketplace, started: list[Json], asked: list[Json], directory: Path
) -> tuple[list[Any], list[Json]]:
    scene, log = directory / "scene.json", directory / "accepted.jsonl"
    people = {"freelancer": marketplace.freelancer, "client": marketplace.client}
    described = {
        "contracts": [contract["contract_id"] for contract in started],
        "links": asked,
        "tokens": {role: person.token for role, person in people.items()},
        "freelancer_id": marketplace.freelancer.id,
    }
    scene.write_text(json.dumps(described))
    log.touch()
    length = [f"--run-time={SECONDS}s", "--stop-timeout=120"]  # what is under way is brought to its end
    options = ["--headless", "--json", f"--users={PEOPLE}", f"--spawn-rate={PEOPLE}", *length]
    run = subprocess.run(  # noqa: S603
        [LOCUST, f"--locustfile={ROOT}/tests/load/locustfile.py", f"--host={marketplace.stack.api_url}", *options],
        env={"SCENE": str(scene), "ACCEPTED": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-5_000:]
    accepted = [json.loads(line) for line in log.read_text().splitlines()]
    return json.loads(run.stdout), accepted


def _everybody_was_told_once(marketplace: Marketplace, model: Model, mailed: Collection[str]) -> None:
    """And of nothing else: no message about these contracts is left out of the count.

    `mailed`: the requests whose e-mail had come before the load.
    """
    titles = {contract_id: contract.newest.title for contract_id, contract in model.contracts.items()}
    dash, mails, settled = Told(), Told(), Told()
    for contract_id, contract in model.contracts.items():
        asked, given = len(contract.requests), len(contract.given)
        dash += Counter({(contract_id, "feedback_requested"): asked, (contract_id, "feedback_provided"): given})
        mails += Counter({(titles[contract_id], "client"): asked, (titles[contract_id], "freelancer"): given})
        # No e-mail asks for what was settled before its turn: docs/decisions.md, "even if it was answered".
        maybe = [one for one in contract.requests if one.fate and one.request_id not in mailed]
        settled += Counter({(titles[contract_id], "client"): len(maybe)})

    def told() -> bool:
        return (
            _dash(marketplace, titles.keys()) >= dash and _mails(marketplace, titles.values()) >= mails - settled
        )

    eventually(told, "every message")
    _come_to_rest(marketplace)
    assert _dash(marketplace, titles.keys()) == dash
    assert mails - settled <= _mails(marketplace, titles.values()) <= mails


def _come_to_rest(marketplace: Marketplace) -> None:
    """The stream hands its records over in turn: once a later one is told of, none before it is under way."""
    last = marketplace.a_running_contract(title=f"Last {uuid4()}")
    marketplace.give(last)
    eventually(lambda: marketplace.dash("feedback_provided", last), "the last message")
    eventually(lambda: marketplace.waiting("notify_retry") == 0, "what is tried again")


def _dash(marketplace: Marketplace, contracts: Collection[str]) -> Told:
    while marketplace.new_dash_messages():
        pass
    found = ((message["contract_id"], message["kind"]) for message in marketplace.dash_messages)
    return Counter(message for message in found if message[0] in contracts)


def _mails(marketplace: Marketplace, titles: Collection[str]) -> Told:
    """By title and the role of whom they went to."""
    return Counter(
        (found[0], mail["To"][0].partition("@")[0])
        for mail in marketplace.mails("Load ")
        if (found := re.search(r"Load [0-9a-f-]{36}", mail["Subject"])) and found[0] in titles
    )

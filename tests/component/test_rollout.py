"""Who may ask is decided by a flag: by name, or by a share of all freelancers."""

import io
import json

import pytest

from mid_job_feedback import rollout
from tests.aws import Flags, set_rollout
from tests.builders import FREELANCER
from tests.component.marketplace import Marketplace
from tests.sdk import Sdk

FLAGS_OF_APPCONFIG = rollout._flags


def test_outside_the_rollout_a_freelancer_cannot_ask(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rollout(monkeypatch, Flags(percent=0, selected=["u-other"]))
    assert marketplace.ask().refusal == (403, "requests_not_enabled")
    action = marketplace.tab().body["actions"]["request_feedback"]
    assert (action["visible"], action["eligible"], action["eligible_at"]) == (False, False, None)
    assert [reason["code"] for reason in action["reasons"]] == ["requests_not_enabled"]


def test_outside_the_rollout_feedback_can_be_given(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rollout(monkeypatch, Flags(percent=0))
    assert marketplace.give().status == 201


def test_a_request_outlives_the_rollout_it_was_made_in(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.ask()
    set_rollout(monkeypatch, Flags(percent=0))
    assert marketplace.answer(marketplace.link()).status == 201


def test_a_selected_freelancer_can_ask_whatever_the_share(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rollout(monkeypatch, Flags(percent=0, selected=["u-other", FREELANCER.id]))
    assert marketplace.tab().body["actions"]["request_feedback"]["visible"] is True
    assert marketplace.ask().status == 201


def test_a_rising_share_drops_nobody_and_ends_with_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    freelancers = {f"u-{number}" for number in range(200)}
    reached: set[str] = set()
    for percent in range(101):
        set_rollout(monkeypatch, Flags(percent))
        before, reached = reached, {one for one in freelancers if rollout.requests_enabled(one)}
        assert before <= reached
        assert abs(len(reached) - 2 * percent) <= min(30, 200 * percent)  # nobody at 0 %
    assert reached == freelancers


def test_the_flags_come_from_appconfig(
    marketplace: Marketplace, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "_flags", FLAGS_OF_APPCONFIG)
    flags = json.dumps(Flags(percent=0, selected=[FREELANCER.id]).flags)
    sdk.instead("StartConfigurationSession", lambda *_: {"InitialConfigurationToken": "token"})
    sdk.instead("GetLatestConfiguration", lambda *_: _configuration(flags))
    assert marketplace.ask().status == 201
    assert marketplace.tab().body["actions"]["request_feedback"]["visible"] is True
    assert len(sdk.done("GetLatestConfiguration")) == 1


def _configuration(flags: str) -> dict[str, object]:
    return {"NextPollConfigurationToken": "next", "Configuration": io.BytesIO(flags.encode())}

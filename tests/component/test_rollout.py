"""The rollout: a feature flag decides who can request feedback, by name or by a percentage of all freelancers."""

import gc
import io
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.feature_flags import FeatureFlags, StoreProvider
from hypothesis import given
from hypothesis import strategies as st

from mid_job_feedback import observability, rollout
from mid_job_feedback.domain.refusals import Unavailable
from tests.builders import CLIENT, FREELANCER
from tests.component.marketplace import Marketplace
from tests.lambda_runtime import Flags, function, set_rollout
from tests.sdk_interceptor import SdkInterceptor

FLAGS_OF_APPCONFIG = rollout._flags


class AppConfig:
    """Responds as AppConfig does: each response has the token for the next call."""

    def __init__(self) -> None:
        self.content = json.dumps(Flags(percent=0).flags)
        self.tokens: list[str] = []

    def respond_to(self, sdk: SdkInterceptor) -> None:
        sdk.respond("StartConfigurationSession", lambda *_: {"InitialConfigurationToken": "first"})
        sdk.respond("GetLatestConfiguration", self._latest)

    def _latest(self, _: Any, parameters: dict[str, Any]) -> dict[str, object]:
        token = parameters["ConfigurationToken"]
        self.tokens.append(token)
        return {**_configuration(self.content), "NextPollConfigurationToken": f"after {token}"}


@pytest.fixture
def appconfig(sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch) -> AppConfig:
    monkeypatch.setattr(rollout, "_flags", FLAGS_OF_APPCONFIG)
    found = AppConfig()
    found.respond_to(sdk)
    return found


def test_outside_the_rollout_a_freelancer_cannot_request_feedback(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rollout(monkeypatch, Flags(percent=0, selected=["u-other"]))
    assert marketplace.request_feedback().refusal == (403, "requests_not_enabled")
    action = marketplace.feedback_tab().body["actions"]["request_feedback"]
    assert (action["visible"], action["eligible"], action["eligible_at"]) == (False, False, None)
    assert [reason["code"] for reason in action["reasons"]] == ["requests_not_enabled"]


def test_outside_the_rollout_feedback_can_be_submitted(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rollout(monkeypatch, Flags(percent=0))
    assert marketplace.submit_feedback().status == 201


def test_a_link_still_works_when_the_rollout_no_longer_includes_the_freelancer(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    marketplace.request_feedback()
    set_rollout(monkeypatch, Flags(percent=0))
    assert marketplace.submit_by_link(marketplace.link_token()).status == 201


def test_a_selected_freelancer_can_request_feedback_at_any_percentage(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rollout(monkeypatch, Flags(percent=0, selected=["u-other", FREELANCER.id]))
    assert marketplace.feedback_tab().body["actions"]["request_feedback"]["visible"] is True
    assert marketplace.request_feedback().status == 201


def test_a_rising_percentage_excludes_nobody_again_and_ends_with_everybody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    freelancers = {f"u-{number}" for number in range(200)}
    included: set[str] = set()
    for percent in range(101):
        set_rollout(monkeypatch, Flags(percent))
        before, included = (
            included,
            {freelancer for freelancer in freelancers if rollout.requests_enabled(freelancer)},
        )
        assert before <= included
        assert abs(len(included) - 2 * percent) <= min(30, 200 * percent)  # nobody at 0 %
    assert included == freelancers


def test_a_changed_flag_takes_effect_within_a_minute(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("mid_job_feedback.rollout.time.monotonic", lambda: seconds[0])
    assert rollout.requests_enabled("u-1") is False
    appconfig.content = json.dumps(Flags(percent=100).flags)
    seconds[0] += 59
    assert rollout.requests_enabled("u-1") is False
    seconds[0] += 1
    assert rollout.requests_enabled("u-1") is True
    appconfig.content = ""  # AppConfig's response if nothing has changed
    seconds[0] += 60
    assert rollout.requests_enabled("u-1") is True
    assert appconfig.tokens == ["first", "after first", "after after first"]


def test_the_last_flags_remain_valid_until_a_new_session_returns_others(
    appconfig: AppConfig, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("mid_job_feedback.rollout.time.monotonic", lambda: seconds[0])
    appconfig.content = json.dumps(Flags(percent=100).flags)
    assert rollout.requests_enabled("u-1") is True
    seconds[0] += 60
    sdk.respond_with_error("GetLatestConfiguration", "BadRequestException")
    assert rollout.requests_enabled("u-1") is True
    sessions = len(sdk.parameters_of("StartConfigurationSession"))
    seconds[0] += 9
    assert rollout.requests_enabled("u-1") is True
    assert len(sdk.parameters_of("StartConfigurationSession")) == sessions
    appconfig.respond_to(sdk)
    appconfig.content = json.dumps(Flags(percent=0).flags)
    seconds[0] += 1
    assert rollout.requests_enabled("u-1") is False
    assert appconfig.tokens == ["first", "first"]


def a_flag(action: str, key: str, value: object) -> dict[str, Any]:
    condition = {"action": action, "key": key, "value": value}
    return {"default": False, "rules": {"rule": {"when_match": True, "conditions": [condition]}}}


INVALID = {
    "trailing comma": '{"feedback_requests": {"default": true},}',
    **{f"only {content}": content for content in ("", "[]", "1", "null", '"flags"', "{}")},
    **{
        name: json.dumps({"feedback_requests": flag})
        for name, flag in {
            "without a default": {},
            "misspelled rules": {"default": True, "rulez": {}},
            "a rule without conditions": {"default": False, "rules": {"rule": {"when_match": True}}},
            "without a condition": {"default": False, "rules": {"rule": {"when_match": True, "conditions": []}}},
            "unknown action": a_flag("ENDSWITH", "freelancer_id", "1"),
            "unknown key": a_flag("KEY_IN_VALUE", "country", ["NL"]),
            "a name instead of a list": a_flag("KEY_IN_VALUE", "freelancer_id", "u-1"),
            "a percentage as text": a_flag("KEY_LESS_THAN_OR_EQUAL_VALUE", "bucket", "10"),
        }.items()
    },
}

every_invalid_flag = pytest.mark.parametrize("content", INVALID.values(), ids=INVALID)


@every_invalid_flag
def test_invalid_flags_change_nothing_for_a_process_that_has_read_valid_ones(
    content: str, appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("mid_job_feedback.rollout.time.monotonic", lambda: seconds[0])
    assert rollout.requests_enabled("u-1") is False
    appconfig.content = content
    seconds[0] += 60
    assert rollout.requests_enabled("u-1") is False
    appconfig.content = json.dumps(Flags(percent=100).flags)
    seconds[0] += 60 if not content else 10  # empty means that nothing has changed
    assert rollout.requests_enabled("u-1") is True


def test_a_process_that_has_read_only_invalid_flags_responds_503_until_they_are_fixed(
    appconfig: AppConfig, marketplace: Marketplace
) -> None:
    valid, appconfig.content = appconfig.content, INVALID["trailing comma"]
    assert marketplace.request_feedback().refusal == (503, "temporarily_unavailable")
    assert marketplace.submit_feedback().status == 201
    appconfig.content = valid
    assert marketplace.request_feedback().refusal == (403, "requests_not_enabled")


def test_the_log_says_what_is_wrong_with_the_flags_without_naming_a_freelancer(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log)
    appconfig.content = json.dumps({"feedback_requests": a_flag("KEY_IN_VALUE", "freelancer_id", "u-selected")})
    with pytest.raises(Unavailable):
        rollout.requests_enabled("u-1")
    [line] = log.getvalue().splitlines()
    assert json.loads(line)["invalid"] == [
        "feedback_requests.rules.rule.conditions.0.KEY_IN_VALUE.value: Input should be a valid array"
    ]
    assert "u-selected" not in line


def test_a_flag_without_rules_has_its_default(appconfig: AppConfig) -> None:
    appconfig.content = json.dumps({"feedback_requests": {"default": True}})
    assert rollout.requests_enabled("u-1") is True


@given(percent=st.integers(0, 100), selected=st.lists(st.sampled_from(["u-1", "u-2", "u-3"])), other=st.text())
def test_the_flag_means_the_same_as_to_powertools(percent: int, selected: list[str], other: str) -> None:
    class Store(StoreProvider):
        @property
        def get_raw_configuration(self) -> dict[str, Any]:
            return self.get_configuration()

        def get_configuration(self) -> dict[str, Any]:
            return Flags(percent, selected).flags

    for freelancer in ("u-1", other):
        context = {"freelancer_id": freelancer, "bucket": rollout.bucket(freelancer)}
        theirs = FeatureFlags(Store()).evaluate(name="feedback_requests", context=context, default=False)
        with pytest.MonkeyPatch.context() as monkeypatch:
            set_rollout(monkeypatch, Flags(percent, selected))
            assert rollout.requests_enabled(freelancer) is theirs


def _configuration(flags: str) -> dict[str, object]:
    return {"NextPollConfigurationToken": "next", "Configuration": io.BytesIO(flags.encode())}


def test_only_a_freelancers_tab_reads_the_flag(
    marketplace: Marketplace, appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AppConfig charges for each read, and most processes of `list` serve people who read only what is public."""
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    monkeypatch.setattr(gc, "freeze", lambda: None)
    function.__wrapped__("list")  # a cold start, with its warm-up
    assert marketplace.work_history().status == 200
    assert marketplace.feedback_tab(person=CLIENT.id).status == 200
    assert marketplace.open_link("TOKEN").status == 404
    assert appconfig.tokens == []
    assert marketplace.feedback_tab(person=FREELANCER.id).status == 200
    assert appconfig.tokens == ["first"]

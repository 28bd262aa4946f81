"""docs/scale.md has the sums that its assumptions and the prices give."""

import re

import pytest

from bench import monthly_cost
from tests.template import ROOT, events, resources, template

DOCUMENT = (ROOT / "docs/scale.md").read_text()


def _section(heading: str) -> str:
    return DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("heading", monthly_cost.tables())
def test_the_table_of_each_cost_is_the_calculated_one(heading: str) -> None:
    assert monthly_cost.tables()[heading] in _section(heading)


def test_the_sums_say_which_target_is_reached() -> None:
    idle = monthly_cost.total(monthly_cost.standing_still())
    light = monthly_cost.total(monthly_cost.in_use(0.001, 1000))
    million = monthly_cost.total(monthly_cost.in_use(1, 3000))
    views = monthly_cost.total(monthly_cost.page_views(1))
    assert idle <= 2
    assert light <= 5
    assert f"yes: ${idle:.2f} |" in DOCUMENT
    assert f"yes: ${light:.2f} |" in DOCUMENT
    assert f"**no**: ${million:.0f} with embedded elements, ${million + views:.0f} with all views" in DOCUMENT


def test_what_the_free_tiers_leave_is_said() -> None:
    million = round(monthly_cost.total(monthly_cost.in_use(1, 3000)), 2)
    free = round(monthly_cost.total(monthly_cost.free_tiers()), 2)
    assert f"they take ${free:.2f} of the ${million:.2f}, and leave ${million - free:.2f}" in DOCUMENT


def test_what_metrics_by_route_cost_is_said() -> None:
    most = monthly_cost.DETAILED_METRICS * monthly_cost.PER_MONTH["custom_metric"]
    assert f"(`DetailedMetrics=true`) cost up to ${most:.2f}:" in DOCUMENT


def test_a_sum_is_the_sum_of_the_rows_as_they_are_shown() -> None:
    for heading, table in monthly_cost.tables().items():
        *rows, total = (
            float(dollars.replace(",", ""))
            for dollars in re.findall(r"\$([\d,.]+)\*{0,2} \|$", table, re.MULTILINE)
        )
        assert abs(sum(rows) - total) < 0.005 * (len(rows) + 1), heading


def test_what_is_counted_is_what_the_template_has() -> None:
    assert len(events("SQS")) == monthly_cost.QUEUES
    alarms = resources("AWS::CloudWatch::Alarm").values()
    assert sum("Condition" not in alarm for alarm in alarms) == monthly_cost.ALARMS
    assert len(events("HttpApi")) * 6 == monthly_cost.DETAILED_METRICS
    assert template()["Parameters"]["ExpirySchedule"]["Default"] == "rate(5 minutes)"
    assert len(resources("AWS::SecretsManager::Secret")) == 1
    assert (
        template()["Globals"]["Function"]["MemorySize"] == 1024 * monthly_cost.PRICES["lambda"]["memory_gigabytes"]
    )

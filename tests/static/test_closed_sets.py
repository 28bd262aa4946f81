"""A new member of a closed set is a type error wherever the code has to decide about it.

The package is copied, each set is extended, and mypy must report every function that does not handle the new
member. `make check` runs mypy on the package as it is, so none of them is reported there.
"""

import re
import shutil
import subprocess
import sys

import pytest

from tests.template import ROOT

PACKAGE = ROOT / "layers/mid_job_feedback/mid_job_feedback"
CHECKED = ROOT / ".mypy_cache"  # what `make types` knows of libraries, which takes long to find out
# In which file, after which line, which new member; and the functions that must decide about it.
EXTENSIONS = {
    "a request status": (
        "domain/models.py",
        '    CANCELLED = "cancelled"\n',
        '    UNHEARD_OF = "unheard_of"\n',
        {"lifecycle._gone", "notifications._about_request"},
    ),
    "a kind of feedback": (
        "domain/models.py",
        '    END_OF_CONTRACT = "end_of_contract"\n',
        '    UNHEARD_OF = "unheard_of"\n',
        {
            "models.counts_towards_job_success_score",
            "items.feedback_sort",
            "news._is_feedback_announced",
        },
    ),
    "a reason": (
        "domain/eligibility.py",
        '    REQUESTS_NOT_ENABLED = "requests_not_enabled"\n',
        '    UNHEARD_OF = "unheard_of"\n',
        {"eligibility._detail"},
    ),
    "a role": (
        "domain/models.py",
        '    FREELANCER = "freelancer"\n',
        '    UNHEARD_OF = "unheard_of"\n',
        {"lifecycle.require_role", "views._actions"},
    ),
    "a cause of a request's end": (
        "domain/lifecycle.py",
        '    "client_erased",\n',
        '    "unheard_of",\n',
        {"lifecycle._final_status"},
    ),
    "an announcement": (
        "domain/announcements.py",
        "    | RequestUndeliverable",
        " | FeedbackRequest",
        {
            "letters.letter_about",
            "email._compose",
            "dash_announcements.message_about",
            "domain_events.event_about",
        },
    ),
    "a text that can be reported": (
        "domain/models.py",
        '    REPLY = "reply"\n',
        '    UNHEARD_OF = "unheard_of"\n',
        {"announcements.state_of", "dash_about_feedback._author"},
    ),
    "an event about an e-mail": (
        "domain/email_events.py",
        "type EmailEvent = Send | Delivery | DeliveryDelay | Bounce | Complaint | Reject",
        " | Finding",
        {"email_events._said"},
    ),
    "a state of an e-mail": (
        "domain/email_delivery.py",
        '    BOUNCED_FOR_NOW = "bounced_for_now"\n',
        '    UNHEARD_OF = "unheard_of"\n',
        {"email_delivery.shown_status"},
    ),
    "a contract event": (
        "domain/contract_events.py",
        "    StartedEnvelope | PaidEnvelope | EndedEnvelope | FeedbackEnvelope",
        " | PausedEnvelope",
        {"contract_writes.apply"},
    ),
}
PAUSED = """class PausedEnvelope(_Envelope):
    detail_type: Literal["ContractPaused"] = Field(alias="detail-type")
    detail: "ContractPaused"


class ContractPaused(Incoming):
    contract_id: Id


Envelope = Annotated["""


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The functions in which mypy finds a member that no case handles, such as `lifecycle._gone`."""
    copy = tmp_path_factory.mktemp("extended") / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for file, line, member, _ in EXTENSIONS.values():
        path = copy / file
        assert path.read_text().count(line) == 1, f"{line!r} is not in {file} once"
        path.write_text(path.read_text().replace(line, line + member))
    events = copy / "domain/contract_events.py"
    events.write_text(events.read_text().replace("Envelope = Annotated[", PAUSED, 1))
    if CHECKED.exists():
        shutil.copytree(CHECKED, copy.parent / CHECKED.name)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(copy)]
    run = subprocess.run(  # noqa: S603
        [*command, "--show-error-context", "--no-error-summary"],
        cwd=copy.parent,
        env={"MYPYPATH": str(copy.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return _functions_with_assert_never(run.stdout)


def _functions_with_assert_never(output: str) -> set[str]:
    found, function = set(), ""
    for line in output.splitlines():
        if context := re.search(r'(\w+)\.py: note: In (?:member|function) "(\w+)"', line):
            function = f"{context[1]}.{context[2]}"
        elif '"assert_never"' in line:
            found.add(function)
    return found


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_new_member_is_a_type_error_where_it_was_forgotten(undecided: set[str], extension: str) -> None:
    assert EXTENSIONS[extension][3] <= undecided

"""The search of the logs finds what is planted there, in every way in which it could be written."""

import base64
import json
from pathlib import Path

import pytest

from tests.log_search import LogSearch, SessionLogSearch

COMMENT = 'Reliable, "quick"\nand ünbeatable 24/7.'
LINE = '{"level":"INFO","message":"list accepted","contract_id":"c-1","function_request_id":"0b5e"}'


@pytest.fixture
def search() -> LogSearch:
    return LogSearch()


def test_ids_and_codes_are_nothing_to_hide(search: LogSearch) -> None:
    search.forbid(COMMENT)
    search.read(LINE * 3)
    assert search.found() == []


@pytest.mark.parametrize(
    "written",
    [
        COMMENT.splitlines()[0],
        json.dumps({"comment": COMMENT}),
        json.dumps({"comment": COMMENT}, ensure_ascii=False),
        f"error: {COMMENT!r}",
    ],
)
def test_a_comment_is_found_however_it_is_written(search: LogSearch, written: str) -> None:
    search.forbid(COMMENT, COMMENT.splitlines()[0])
    search.read(f"{LINE}\n{written}\n{LINE}")
    assert search.found()


@pytest.mark.parametrize(
    "planted", ["to client@example.com", "WyJjLTEiXQ." + "x" * 43, "Bearer eyJhbGciOiJub25lIn0.e30."]
)
def test_what_looks_like_a_secret_is_found_though_nobody_told(search: LogSearch, planted: str) -> None:
    search.read(planted)
    assert len(search.found()) == 1


def test_numbers_make_no_difference(search: LogSearch) -> None:
    """They are left out on both sides, so that a secret with a number in it is still found."""
    search.forbid("secret-5f0c8a54-3b1e-4a55-9d52-8f6b7f1d2c3b")
    search.read("the secret-5f0c8a54-3b1e-4a55-9d52-8f6b7f1d2c3b is out")
    assert len(search.found()) == 1


@pytest.mark.parametrize(
    "secret", ["5f0c8a54-3b1e-4a55-9d52-8f6b7f1d2c3b", "4929123412341234", "k-00491511234567"]
)
def test_what_is_little_but_a_number_is_found_as_well(search: LogSearch, secret: str) -> None:
    """Also in a line that is like another in all but its numbers."""
    search.read("a call, 81524800: accepted")
    search.read(f"a call, {secret}: accepted")
    search.forbid("4929000000000000")
    assert search.found() == []
    search.forbid(secret)
    assert len(search.found()) == 1


def test_private_parts_of_what_is_sent_are_hidden(search: LogSearch) -> None:
    answer = {"comment": "in the body", "ratings": {"skills": 5}}
    search.forbid_private_parts(
        {
            "headers": {"Authorization": "Bearer of the token", "accept": "application/json"},
            "pathParameters": {"token": "a-link-token"},
            "body": base64.b64encode(json.dumps(answer).encode()).decode(),
            "Records": [{"body": json.dumps({"detail": {"client": {"email": "me@example.com"}}})}],
        }
    )
    assert search.secrets == {"Bearer of the token", "a-link-token", "in the body", "me@example.com"}


def test_private_parts_of_a_stream_record_are_hidden(search: LogSearch) -> None:
    image = {
        "SK": {"S": "FEEDBACK#f-1"},
        "comment": {"S": "in the image"},
        "client_email": {"S": "me@example.com"},
        "ratings": {"M": {"skills": {"N": "5"}}},
    }
    search.forbid_private_parts(
        {"Records": [{"dynamodb": {"OldImage": image, "NewImage": {"title": {"S": "a title"}}}}]}
    )
    search.forbid_private_parts(
        {"Records": [{"body": json.dumps({"dynamodb": {"NewImage": {"name": {"S": "a long name"}}}})}]}
    )
    assert search.secrets == {"in the image", "me@example.com", "a long name"}


def test_a_run_in_which_nothing_could_be_searched_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with -s, when pytest captures nothing; what a test has read by itself does not make up for it."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    talks = pytester.makepyfile(test_talks="def test_fine():\n    print('a line')")
    is_silent = pytester.makepyfile(test_is_silent="def test_fine():\n    pass")

    def searched(option: str, test: Path, read: str = "") -> object:
        plugin = SessionLogSearch("test_")
        plugin.search = LogSearch()
        plugin.search.forbid_private_parts({})
        plugin.search.read(read)
        return pytester.inline_run(option, test, plugins=[plugin]).ret

    assert searched("-q", talks) == pytest.ExitCode.OK
    assert searched("-q", is_silent) == pytest.ExitCode.TESTS_FAILED
    assert searched("-s", talks, read="a line") == pytest.ExitCode.TESTS_FAILED


def test_a_run_in_which_something_is_found_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("def test_fine():\n    print('a mail to client@example.com')")
    good, bad = SessionLogSearch("elsewhere"), SessionLogSearch("test_")
    good.search = bad.search = LogSearch()
    assert pytester.inline_run("-q", plugins=[good]).ret == pytest.ExitCode.OK
    assert pytester.inline_run("-q", plugins=[bad]).ret == pytest.ExitCode.TESTS_FAILED
    assert "an address in" in bad.found[0]

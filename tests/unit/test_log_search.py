"""The log search finds a planted secret, in every form in which a log line could hold it."""

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


def test_ids_and_codes_are_not_secret(search: LogSearch) -> None:
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
def test_a_comment_is_found_however_it_is_escaped(search: LogSearch, written: str) -> None:
    search.forbid(COMMENT, COMMENT.splitlines()[0])
    search.read(f"{LINE}\n{written}\n{LINE}")
    assert search.found()


@pytest.mark.parametrize(
    "planted", ["to client@example.com", "WyJjLTEiXQ." + "x" * 43, "Bearer eyJhbGciOiJub25lIn0.e30."]
)
def test_a_text_with_the_shape_of_a_secret_is_found_without_being_known(search: LogSearch, planted: str) -> None:
    search.read(planted)
    assert len(search.found()) == 1


def test_a_secret_with_a_number_in_it_is_found(search: LogSearch) -> None:
    """Numbers are removed from both the secret and the lines."""
    search.forbid("secret-5f0c8a54-3b1e-4a55-9d52-8f6b7f1d2c3b")
    search.read("the secret-5f0c8a54-3b1e-4a55-9d52-8f6b7f1d2c3b is out")
    assert len(search.found()) == 1


@pytest.mark.parametrize(
    "secret", ["5f0c8a54-3b1e-4a55-9d52-8f6b7f1d2c3b", "4929123412341234", "k-00491511234567"]
)
def test_a_secret_that_is_hardly_more_than_a_number_is_found(search: LogSearch, secret: str) -> None:
    """Even in a line that differs from another only in its numbers."""
    search.read("a call, 81524800: accepted")
    search.read(f"a call, {secret}: accepted")
    search.forbid("4929000000000000")
    assert search.found() == []
    search.forbid(secret)
    assert len(search.found()) == 1


def test_private_parts_of_a_request_are_forbidden(search: LogSearch) -> None:
    body = {"comment": "in the body", "ratings": {"skills": 5}}
    search.forbid_private_parts(
        {
            "headers": {"Authorization": "Bearer of the token", "accept": "application/json"},
            "pathParameters": {"token": "a-link-token"},
            "body": base64.b64encode(json.dumps(body).encode()).decode(),
            "Records": [{"body": json.dumps({"detail": {"client": {"email": "me@example.com"}}})}],
        }
    )
    assert search.secrets == {"Bearer of the token", "a-link-token", "in the body", "me@example.com"}


def test_a_long_text_of_few_letters_that_a_test_sends_may_be_part_of_another(search: LogSearch) -> None:
    """A key that is declared may not, even if it is one letter only."""
    search.forbid_private_parts({"comment": "x" * 2001, "text": "y\n" * 40 + "z", "message": "abc" * 9 + "d"})
    assert search.secrets == {"abc" * 9 + "d"}
    search.read(f"not found: {'x' * 8000}")
    assert search.found() == []
    search.forbid("x" * 64)
    assert len(search.found()) == 1


def test_private_parts_of_a_stream_record_are_forbidden(search: LogSearch) -> None:
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


def test_a_test_run_without_searchable_output_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as with -s, when pytest captures nothing. Output that a test itself has searched does not count."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    prints = pytester.makepyfile(test_prints="def test_fine():\n    print('a line')")
    is_silent = pytester.makepyfile(test_is_silent="def test_fine():\n    pass")

    def searched(option: str, test: Path, read: str = "") -> object:
        plugin = SessionLogSearch("test_")
        plugin.search = LogSearch()
        plugin.search.forbid_private_parts({})
        plugin.search.read(read)
        return pytester.inline_run(option, test, plugins=[plugin]).ret

    assert searched("-q", prints) == pytest.ExitCode.OK
    assert searched("-q", is_silent) == pytest.ExitCode.TESTS_FAILED
    assert searched("-s", prints, read="a line") == pytest.ExitCode.TESTS_FAILED


def test_a_test_run_with_a_secret_in_its_output_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("def test_fine():\n    print('a mail to client@example.com')")
    good, bad = SessionLogSearch("elsewhere"), SessionLogSearch("test_")
    good.search = bad.search = LogSearch()
    assert pytester.inline_run("-q", plugins=[good]).ret == pytest.ExitCode.OK
    assert pytester.inline_run("-q", plugins=[bad]).ret == pytest.ExitCode.TESTS_FAILED
    assert "an address in" in bad.found[0]

"""`rotate-link-key`: replaces the key that signs links and cursors, without breaking those that were sent."""

import json
import secrets
from datetime import timedelta
from typing import Annotated, Final

import typer

from cli import explanation, terminal
from cli import tool as tools
from cli.errors import CommandError
from cli.stacks import Stack
from mid_job_feedback import clock
from mid_job_feedback.domain.models import shown

KEY_BYTES: Final = 32
NOTICED_WITHIN: Final = timedelta(minutes=5)
"""Until then, a process may sign with the key that it has read before."""
NOTICED: Final = "Running processes read it within five minutes."


def rotate_link_key(
    context: typer.Context,
    *,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Accept the old key no more: all links that were sent stop working.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Sign links with a new key. The old key stays valid until the next rotation, so links in mailboxes work.

    Refuses to rotate again before the requests whose links the previous key has signed have expired.
    """
    tool = tools.of(context)
    previous = "" if leaked else _key_to_keep(tool.stack)
    plan = "every link and cursor that was sent stops working" if leaked else "links that were sent keep working"
    if not dry_run:
        terminal.confirm(f"Replace the signing key? Then {plan}.", yes=yes)
        keys = {"current": secrets.token_hex(KEY_BYTES), "previous": previous}
        secret_id = tool.stack.outputs["LinkKeySecret"]
        tool.stack.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(keys))
    done = "would be replaced" if dry_run else "was replaced"
    document = {"rotated": not dry_run, "links_keep_working": not leaked}
    tool.answer(document, lambda: terminal.say(f"The key {done}: {plan}.", NOTICED))


def _key_to_keep(stack: Stack) -> str:
    """The current key, if no open request has a link that is signed with the one before."""
    answer = stack.client("secretsmanager").get_secret_value(SecretId=stack.outputs["LinkKeySecret"])
    try:
        keys = json.loads(answer["SecretString"])
    except ValueError:
        keys = None
    if not isinstance(keys, dict) or not keys.get("current"):
        raise CommandError("The secret holds no current key: correct it, or use --leaked to begin anew.")
    safe_at = answer["CreatedDate"] + NOTICED_WITHIN + explanation.policy(stack).request_lifetime
    if keys.get("previous") and clock.now() < safe_at:
        raise CommandError(
            f"Links of before the last rotation may be open until {shown(safe_at)}: "
            "rotate then, or use --leaked to break them."
        )
    return str(keys["current"])

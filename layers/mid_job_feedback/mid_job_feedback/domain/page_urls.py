"""Where messages lead: the Contract Room, the form behind a link, and the preferences for e-mails."""

from urllib.parse import quote

from mid_job_feedback.domain.models import Value


class Preferences(Value):
    """Where the recipient turns e-mails of this kind off: on a page, or by a button of their mail program, which
    sends a POST to `one_click` (RFC 8058).
    """

    page: str
    one_click: str


def contract_room_url(template: str, contract_id: str) -> str:
    """The URL of a contract for people who are signed in. `template` has `{contract_id}` in it."""
    return template.replace("{contract_id}", quote(contract_id, safe=""))


def feedback_form_url(base_url: str, token: str) -> str:
    """The token is in the fragment, which browsers never send to a server."""
    return f"{base_url}/app/feedback#t={token}"


def preferences_urls(base_url: str, token: str) -> Preferences:
    return Preferences(
        page=f"{base_url}/app/email-preferences#t={token}", one_click=f"{base_url}/email-preferences/{token}"
    )

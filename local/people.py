"""People with accounts in the stack's user pool, signed in."""

from dataclasses import dataclass

from local.stack import Stack

NAMES = {"client": "Ben Okoye", "freelancer": "Ana Ruiz"}
PASSWORD = "Local-only-1"  # noqa: S105 - the user pool exists only while the embedded cloud runs


@dataclass(frozen=True)
class Person:
    role: str
    id: str
    token: str

    @property
    def name(self) -> str:
        return NAMES.get(self.role, self.role.capitalize())

    @property
    def email(self) -> str:
        return email_of(self.role)


def email_of(role: str) -> str:
    return f"{role}@example.com"


def sign_in(stack: Stack, role: str) -> Person:
    """Create an account and sign in. The account's `sub` is the person's ID in the marketplace."""
    cognito, email = stack.client("cognito-idp"), email_of(role)
    pool = {"UserPoolId": stack.user_pool_id}
    user = cognito.admin_create_user(**pool, Username=email, MessageAction="SUPPRESS")["User"]
    cognito.admin_set_user_password(**pool, Username=email, Password=PASSWORD, Permanent=True)
    answer = cognito.admin_initiate_auth(
        **pool,
        ClientId=stack.user_pool_client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    [sub] = [attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub"]
    return Person(role, sub, answer["AuthenticationResult"]["AccessToken"])

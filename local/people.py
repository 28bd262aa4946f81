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
    return Person(role, _id(user["Attributes"]), token(stack, role))


def token(stack: Stack, role: str) -> str:
    """A new access token of a person who has an account."""
    email = email_of(role)
    answer = stack.client("cognito-idp").admin_initiate_auth(
        UserPoolId=stack.user_pool_id,
        ClientId=stack.user_pool_client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    access_token: str = answer["AuthenticationResult"]["AccessToken"]
    return access_token


def with_accounts(stack: Stack) -> dict[str, str]:
    """The roles of everybody who has an account, by the person's ID; nobody without a user pool."""
    if not stack.user_pool_id:
        return {}
    pages = stack.client("cognito-idp").get_paginator("list_users").paginate(UserPoolId=stack.user_pool_id)
    return {
        _id(user["Attributes"]): user["Username"].partition("@")[0] for page in pages for user in page["Users"]
    }


def _id(attributes: list[dict[str, str]]) -> str:
    [sub] = [attribute["Value"] for attribute in attributes if attribute["Name"] == "sub"]
    return sub

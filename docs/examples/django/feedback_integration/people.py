"""Who a person is to the feedback service."""

from django.contrib.auth.models import AbstractBaseUser


def person_id(user: AbstractBaseUser) -> str:
    """The id of this user in contract events, in tokens and in Dash messages. It must never change."""
    return str(user.pk)

"""A change in your own code, with its contract event."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from feedback_integration import contract_events
from feedback_integration.people import person_id
from marketplace.models import Contract  # yours


def start(contract: Contract) -> None:
    with transaction.atomic():
        contract.save()
        contract_events.contract_started(
            contract.public_id,
            title=contract.title,
            started_at=contract.started_at,
            client=as_person(contract.client),
            freelancer=as_person(contract.freelancer),
        )


def as_person(user: AbstractUser) -> contract_events.Person:
    return contract_events.Person(person_id(user), user.get_full_name(), user.email)

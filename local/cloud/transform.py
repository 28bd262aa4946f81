"""SAM transforms a template by the values its stack was given for parameters.

ministack hands it none, so that it puts in the defaults where it resolves a parameter itself, as in CORS rules.
"""

import contextvars
import functools
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers
from samtranslator.translator import transform

type Json = dict[str, Any]
type Transform = Callable[..., Json]

_given = contextvars.ContextVar[Json]("given", default={})  # noqa: B039 - never changed, only replaced


def apply() -> None:
    for module in (changesets, handlers):
        module._apply_transforms = _noting_parameters(module._apply_transforms)
    transform.transform = _by_parameters(transform.transform)


def _noting_parameters(transform_all: Transform) -> Transform:
    @functools.wraps(transform_all)
    def note_and_transform(template: Json, provided: Any = None, previous: Any = None) -> Json:
        _given.set(engine._transform_parameters(template, provided, previous))
        return transform_all(template, provided, previous)

    return note_and_transform


def _by_parameters(transform_sam: Transform) -> Transform:
    @functools.wraps(transform_sam)
    def transform_by_parameters(template: Json, _nothing: Json, *rest: Any) -> Json:
        return transform_sam(template, _given.get(), *rest)

    return transform_by_parameters

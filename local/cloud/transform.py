"""SAM transforms a template with the parameter values of the stack.

ministack passes no values, so SAM uses the defaults where it resolves parameters itself, as in CORS rules.
"""

import contextvars
import functools
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers
from samtranslator.translator import transform

type Json = dict[str, Any]
type Transform = Callable[..., Json]

_parameters = contextvars.ContextVar[Json]("given", default={})  # noqa: B039 - never mutated, only replaced


def apply() -> None:
    for module in (changesets, handlers):
        module._apply_transforms = _remembering_parameters(module._apply_transforms)
    transform.transform = _with_parameters(transform.transform)


def _remembering_parameters(transform_all: Transform) -> Transform:
    @functools.wraps(transform_all)
    def remember_and_transform(template: Json, provided: Any = None, previous: Any = None) -> Json:
        _parameters.set(engine._transform_parameters(template, provided, previous))
        return transform_all(template, provided, previous)

    return remember_and_transform


def _with_parameters(transform_sam: Transform) -> Transform:
    @functools.wraps(transform_sam)
    def transform_with_parameters(template: Json, _nothing: Json, *rest: Any) -> Json:
        return transform_sam(template, _parameters.get(), *rest)

    return transform_with_parameters

"""The marketplace's staff list what was reported, and remove or restore texts. Operators recount summaries.

The routes and direct invocations are for callers with IAM permissions only.
"""

from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from mid_job_feedback import clock, startup
from mid_job_feedback.domain import moderation, refusals, views
from mid_job_feedback.domain.feedback_changes import FeedbackSeen, Moderated
from mid_job_feedback.domain.models import Id, ModerationInput, Value
from mid_job_feedback.http import api
from mid_job_feedback.http.api import Body, PathParameter, Query, Response
from mid_job_feedback.observability import LambdaContext, answered, observed, refused, settled
from mid_job_feedback.storage import feedback_changes, reports, store, summaries

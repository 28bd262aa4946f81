"""What the three FastAPI functions share: the caller's ID and the problem document of a refusal."""

from typing import Annotated, Any

import feedback
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse


def caller(request: Request) -> str:
    claims = request.scope["aws.event"]["requestContext"]["authorizer"]["jwt"]["claims"]
    return str(claims["sub"])


Caller = Annotated[str, Depends(caller)]


def make_app() -> FastAPI:
    app = FastAPI(title="Mid-job feedback", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(feedback.Refusal)
    async def refused(_request: Request, error: feedback.Refusal) -> JSONResponse:
        problem: dict[str, Any] = error.problem
        return JSONResponse(problem, error.status, media_type="application/problem+json")

    return app

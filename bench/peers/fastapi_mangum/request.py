"""A freelancer requests feedback."""

from uuid import uuid4

import feedback
from fastapi import Response
from mangum import Mangum

from web import Caller, make_app

app = make_app()


@app.post("/contracts/{contract_id}/feedback-requests", status_code=201)
def request(
    contract_id: str, request_input: feedback.RequestInput, caller: Caller, response: Response
) -> feedback.Request:
    response.headers["Location"] = f"/contracts/{contract_id}/feedback"
    return feedback.request(contract_id, caller, request_input, str(uuid4()))


handler = Mangum(app, lifespan="off")

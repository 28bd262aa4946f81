"""A client submits feedback."""

from uuid import uuid4

import feedback
from mangum import Mangum

from web import Caller, make_app

app = make_app()


@app.post("/contracts/{contract_id}/feedback", status_code=201)
def submit(contract_id: str, feedback_input: feedback.FeedbackInput, caller: Caller) -> feedback.Feedback:
    return feedback.submit(contract_id, caller, feedback_input, str(uuid4()))


handler = Mangum(app, lifespan="off")

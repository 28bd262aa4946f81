"""Shows the Feedback tab."""

import feedback
from mangum import Mangum

from web import Caller, make_app

app = make_app()


@app.get("/contracts/{contract_id}/feedback")
def show(contract_id: str, caller: Caller) -> feedback.Tab:
    return feedback.tab(contract_id, caller)


handler = Mangum(app, lifespan="off")

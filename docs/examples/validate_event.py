"""Whether a contract event fits its schema. It needs the package jsonschema."""

import json
from pathlib import Path

import jsonschema

schema = json.loads(Path("events/schemas/contract-events/PaymentMade.v1.json").read_text())
jsonschema.validate(
    {"contract_id": "c-1", "payment_id": "p-1", "paid_at": "2026-02-28T17:30:00Z"},
    schema,
    format_checker=jsonschema.FormatChecker(),
)

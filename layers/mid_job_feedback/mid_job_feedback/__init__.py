"""Mid-job feedback: a functional core (`domain`) and a thin imperative shell around it.

    workers   messaging   http     records and events in; messages out; HTTP in and out
          storage                  the DynamoDB table
    links rollout idempotency observability settings aws startup clock
          domain                   rules, transitions, refusals, texts: pure

Imports point down only; tests/unit/test_architecture.py says exactly which folder may import which.
"""

import gc
from typing import Final

# Importing a handler creates a hundred thousand objects, and nearly all of them stay. With Python's default
# threshold, the garbage collector would scan them again and again, which takes a tenth of a cold start. This
# module must therefore run before anything large is imported: handlers import only the standard library and this
# package, and get framework names from `observability` and `http.api`.
_OBJECTS_UNTIL_COLLECTION: Final = 100_000

gc.set_threshold(_OBJECTS_UNTIL_COLLECTION, *gc.get_threshold()[1:])

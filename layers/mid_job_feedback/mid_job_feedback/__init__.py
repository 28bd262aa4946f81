"""Mid-job feedback: rules (core) and the thin shell around them.

Core, pure: `models`, `eligibility`, `lifecycle`, `contract_events`, `messages`, `views`, `errors`.
Shell, each the only one to know its thing: the table (`store`, and below it `transactions`, `items`, `table`),
contract events coming in (`intake`, `ingestion`), `history`, `expiry`, `notifications`, `links`, `rollout`,
`idempotency`, HTTP (`api`, `problems`, `pages`), records coming in (`stream`, `batches`), `observability`,
`settings`, `aws`, `startup`, `clock`.
"""

import gc
from typing import Final

# Importing makes a hundred thousand objects, nearly all of which stay: with Python's own threshold they are looked
# through for garbage again and again, a tenth of a cold start. See also `startup`.
_OBJECTS_UNTIL_COLLECTION: Final = 100_000

gc.set_threshold(_OBJECTS_UNTIL_COLLECTION, *gc.get_threshold()[1:])

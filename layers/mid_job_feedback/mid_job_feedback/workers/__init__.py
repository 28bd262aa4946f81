"""Asynchronous work: records of the table's stream, contract events from the queue, and the expiry sweep."""

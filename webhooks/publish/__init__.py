"""Publishing: an event of the API, its messages and its idempotency key become durable together, before the 202."""

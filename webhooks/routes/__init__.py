"""HTTP routes of webhooks: one file for each thing that callers name."""

"""Revisions of the branch `webhooks`."""

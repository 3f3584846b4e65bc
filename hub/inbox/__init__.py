"""Webhooks coming in: receive → receipts (stored once) → process; and the watchdog that keeps them coming."""

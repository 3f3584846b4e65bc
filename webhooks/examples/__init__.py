"""Canonical documents of the recorded shop, without what no field takes: the examples of the event types."""

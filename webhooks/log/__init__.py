"""The log of messages and attempts: lists, one with all that is known of it, sending again. Verbs on a unit of work."""

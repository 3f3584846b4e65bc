"""Partners: applications, their endpoints with secrets, and the event types that they may hear of. Verbs on a unit of work."""

"""Outbound webhooks: endpoints, fan-out, signing, the dispatcher. It listens to events, as any plugin does."""

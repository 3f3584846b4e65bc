"""The floor for outbound webhooks to partners, a listener to events as any plugin is; nothing has moved in yet."""

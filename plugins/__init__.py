"""The floor for features that reach shops only through the hub's ports; none has moved in yet."""

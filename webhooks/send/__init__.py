"""Sending: one signed request to one endpoint, over connections that go to vetted addresses only, within deadlines."""

"""The laws every connector inherits: what it must live through with the real engine, a real PostgreSQL and real HTTP.

A law is one function; what it says is checked against the connector's own sandbox. `hub.testing.laws.run.run_laws` runs
them all; an author's tests run each as an item of its own through the same functions.
"""

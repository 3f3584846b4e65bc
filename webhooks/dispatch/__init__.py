"""Dispatching: what waits in the table or was just committed is signed, sent, judged and written down, in batches.

Import from the module that holds the thing; this file stays empty so that `webhooks.dispatch.schedule` costs nothing.
"""

"""Speaks to a WooCommerce shop: the only folder that knows its URLs.

`calls.py` makes one signed call, `outcomes.py` names what a refusal means, `dirty.py` finds the JSON in what PHP sends,
`headers.py` reads of a row what paging needs, `listing.py` writes the questions, `children.py` drains nested lists, and
`store.py` is the port. This file stays empty so that reading rows costs no HTTP library.
"""

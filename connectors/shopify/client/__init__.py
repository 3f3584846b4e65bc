"""Speaks to a Shopify shop: the only folder that knows its GraphQL address.

`graph.py` asks one question, `answer.py` reads what came, `troubles.py` names what a refusal means, `costs.py` guesses the
points. `scan.py` lists ids from a `place.py`; `details.py` fetches whole objects, as many as `sizes.py` allows; `drains.py`
reads the rest of the lists that `nested.py` names, `parts.py` what of an order stands nowhere else. `unseen.py` keeps what the
shop does not show, `pages.py` reads short lists that are no resources, `store.py` is the port.
"""

"""Speaks to a Shopify shop: the only folder that knows its URLs, besides `grants.py` for tokens.

`graph.py` asks one question, `answer.py` reads what came, `troubles.py` names what a refusal means, `costs.py` guesses the
points; `scan.py` lists ids, `details.py` fetches whole objects, `drains.py` their long lists, `store.py` is the port.
"""

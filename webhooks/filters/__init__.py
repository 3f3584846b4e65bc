"""Filters of endpoints: which payloads a partner wants, said as JSON.

`{"path.to.field": value}` or `{"path.to.field": {operator: value, …}}`, all of which must hold, beside
`{"all": [filter, …]}`, `{"any": [filter, …]}` and `{"not": filter}`. Paths are dotted and begin at the payload's `data`. Where a
path meets a list it means its elements, and one element that fits is enough.

Operators: `eq`, `in`, `gt`, `gte`, `lt`, `lte`, `prefix`, `suffix`, `contains` must all hold for one and the same value; `ne` and
`nin` for every value there is; `exists` asks whether there is any, null included. A number compares with numbers and with
decimals written as text (as amounts of money are); a text compares with texts, so RFC 3339 instants of one zone come out right.
"""

from __future__ import annotations

from webhooks.filters.check import check
from webhooks.filters.fruitless import fruitful
from webhooks.filters.match import compiled

__all__ = ["check", "compiled", "fruitful"]

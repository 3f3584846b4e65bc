"""The laws every connector inherits: what it must live through with the real engine, a real PostgreSQL and real HTTP.

A law is one function; what it says is checked against the connector's own sandbox. `hub.testing.laws.run.run_laws` runs
them all; an author's tests run each as an item of its own through the same functions.

A connector and its sandbox (hub.ports) are all that a law needs. What follows is optional, and makes laws say more:

- `connector.makes`: {"L19": [{"currency": "JPY"}]}: further arguments of `sandbox` under which that law must hold too
- `connector.writable(raw_kind, raw)`: the part of a decoded object that the vendor takes back (L20; else only what is written
  back is compared with what was read)
- `sandbox.renew()`: take the credentials away and give others (L12); `sandbox.expire()`: end the token in use (L11)
- `sandbox.listing(resource, scope)`: whether a request asks for a page of that resource (else: a GET whose path ends in its name)
- `sandbox.total_headers`: lower-case names, in bytes, of the response headers that count the rows of a listing
- `sandbox.add`, `ids` for nested objects under their kind with an s (`variations`): L16
"""

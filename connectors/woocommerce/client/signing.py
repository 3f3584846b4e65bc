"""How a call proves who we are: Basic or query string over HTTPS, OAuth 1.0a over plain HTTP (the shop takes nothing else)."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

Auth = Literal["basic", "query", "oauth1"]


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be signed. `skew`: seconds that the store's clock is ahead of ours."""

    method: str
    url: str
    params: Mapping[str, str]
    skew: float = 0.0


Signer = Callable[[Call], tuple[str, dict[str, str]]]  # → URL and headers to send; each try is signed anew


def joined(url: str, params: Mapping[str, str]) -> str:
    """The URL with its query; `url` may have one already (`?rest_route=`)."""
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params, safe=',:/')}"


def signer(auth: Auth, key: str, secret: str) -> Signer:
    """The signer of that kind."""
    if auth == "basic":
        return _basic(key, secret)
    return _query(key, secret) if auth == "query" else _oauth1(key, secret)


def _basic(key: str, secret: str) -> Signer:
    header = {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}
    return lambda call: (joined(call.url, call.params), header)


def _query(key: str, secret: str) -> Signer:
    """For hosts whose FastCGI drops the Authorization header. The secret stands in the shop's access log."""
    return lambda call: (joined(call.url, {**call.params, "consumer_key": key, "consumer_secret": secret}), {})


def _oauth1(key: str, secret: str) -> Signer:
    """WooCommerce refuses more than 15 minutes of difference to its own clock, so it is the store's time that is signed."""

    def sign(call: Call) -> tuple[str, dict[str, str]]:
        url, now = joined(call.url, call.params), int(time.time() + call.skew)
        signed = vendor_signer()(url, key, secret, method=call.method, oauth_timestamp=now).get_oauth_url()
        return signed.replace("%2F", "/"), {}  # the same to a server, but for WooCommerce's look for `wp-json/wc/`

    return sign


@lru_cache(maxsize=1)
def vendor_signer() -> Any:
    """`woocommerce.oauth.OAuth` with two repairs, read from its own file: the package around it brings `requests` along,
    which nobody here uses and which takes longer to import than a page to sync.

    Its nonce has eight random digits, which repeat within the 15 minutes that a shop remembers (refused as "already
    used"); and it leaves slashes in values as they are, where PHP's rawurlencode(), which the shop compares with, does not.
    """
    found = find_spec("woocommerce")
    assert found is not None  # noqa: S101 (a dependency of ours)
    folders = list(found.submodule_search_locations or [])
    spec = spec_from_file_location("woocommerce_oauth", Path(folders[0]) / "oauth.py")
    assert spec is not None  # noqa: S101 (a file)
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    OAuth: Any = module.OAuth

    class Repaired(OAuth):  # type: ignore[misc]
        @staticmethod
        def generate_nonce() -> str:
            return secrets.token_hex(20)

        @staticmethod
        def normalize_parameters(params: Any) -> Any:
            plain = OAuth.normalize_parameters(params)
            return type(plain)((name, value.replace("/", "%252F")) for name, value in plain.items())

    return Repaired

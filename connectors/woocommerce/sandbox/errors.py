"""The refusals of WordPress and WooCommerce, with their exact codes, texts and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.woocommerce.sandbox.wire import Data


class Refusal(Exception):
    """An answer `{"code", "message", "data": {"status", …}}` with that HTTP status."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Data = {"code": code, "message": message, "data": {"status": status, **data}}

    def item(self, identifier: int) -> Data:
        """The same refusal in its place within a batch answer."""
        return {"id": identifier, "error": self.body}


Problem = tuple[str, str, Data | None]
"""(error code, message, data) of one bad parameter."""


def english(words: Sequence[str]) -> str:
    """`a, b, and c`, the way wp_sprintf('%l') lists."""
    if len(words) < 2:
        return "".join(words)
    return f"{words[0]} and {words[1]}" if len(words) == 2 else f"{', '.join(words[:-1])}, and {words[-1]}"


def invalid(problems: dict[str, Problem]) -> Refusal:
    """400 rest_invalid_param that names every bad parameter."""
    details = {name: {"code": code, "message": text, "data": data} for name, (code, text, data) in problems.items()}
    params = {name: text for name, (_, text, _) in problems.items()}
    message = f"Invalid parameter(s): {', '.join(problems)}"
    return Refusal(400, "rest_invalid_param", message, params=params, details=details)


def not_one_of(name: str, allowed: Sequence[str]) -> Problem:
    """A word outside its list."""
    return "rest_not_in_enum", f"{name} is not one of {english(allowed)}.", None


def not_of_type(name: str, kind: str) -> Problem:
    """A value of the wrong JSON type."""
    return "rest_invalid_type", f"{name} is not of type {kind}.", {"param": name}


def missing(names: Iterable[str]) -> Refusal:
    """400: required fields that are not there."""
    listed = list(names)
    return Refusal(400, "rest_missing_callback_param", f"Missing parameter(s): {', '.join(listed)}", params=listed)


def no_route() -> Refusal:
    """404: nothing answers there, or not to that method."""
    return Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")


def bad_json() -> Refusal:
    """400: a body that is not JSON."""
    reason = {"json_error_code": 4, "json_error_message": "Syntax error"}
    return Refusal(400, "rest_invalid_json", "Invalid JSON body passed.", **reason)


def unauthenticated(message: str) -> Refusal:
    """401: credentials that do not hold."""
    return Refusal(401, "woocommerce_rest_authentication_error", message)


_CANNOT = {
    "list": ("woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
    "view": ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource."),
    "create": ("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."),
    "edit": ("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    "delete": ("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource."),
    "batch": ("woocommerce_rest_cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."),
}


def cannot(act: str) -> Refusal:
    """What a caller without (known) credentials hears."""
    return Refusal(401, *_CANNOT[act])


_POST_TYPE = {
    "products": "product",
    "variations": "product_variation",
    "orders": "shop_order",
    "refunds": "shop_order_refund",
    "webhooks": "shop_webhook",
}


def invalid_id(resource: str, status: int = 404) -> Refusal:
    """Reading or deleting what is not there is a 404; writing to it is a 400."""
    if resource == "customers":
        return Refusal(status, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return Refusal(status, f"woocommerce_rest_{_POST_TYPE[resource]}_invalid_id", "Invalid ID.")


def already_trashed(resource: str) -> Refusal:
    """410: it lies in the bin already."""
    kind = _POST_TYPE[resource]
    return Refusal(410, "woocommerce_rest_already_trashed", f"The {kind} has already been deleted.")


def no_trash(what: str) -> Refusal:
    """501: these have no bin, `force=true` is needed."""
    return Refusal(501, "woocommerce_rest_trash_not_supported", f"{what} do not support trashing.")

"""The REST API: which request is answered by what."""

from __future__ import annotations

from typing import Any

from connectors.woocommerce.sandbox import documents
from connectors.woocommerce.sandbox.auth import Gate, Key, allow
from connectors.woocommerce.sandbox.errors import Refusal, invalid_id, no_route, no_trash
from connectors.woocommerce.sandbox.hand import Writers
from connectors.woocommerce.sandbox.reads import Reader
from connectors.woocommerce.sandbox.request import Answer, Request, forced
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.webhook_routes import WebhookRoutes
from connectors.woocommerce.sandbox.webhooks import Webhooks
from connectors.woocommerce.sandbox.wire import Data, field_tree, only
from connectors.woocommerce.sandbox.write_products import edit_view

BATCH_LIMIT = 100
_READS = {"GET", "HEAD"}
_SAVES = {"PUT", "PATCH", "POST"}


class Api:
    """Answers requests below /wp-json/ for one store."""

    def __init__(self, store: Store, gate: Gate, reader: Reader, webhooks: Webhooks, writers: Writers) -> None:
        self.store, self.gate, self.reader = store, gate, reader
        self.webhooks = WebhookRoutes(reader, webhooks)
        self.products, self.orders, self.customers = writers.products, writers.orders, writers.customers

    def answer(self, request: Request) -> Answer:
        """Never raises: a refusal is an answer too."""
        try:
            if not request.path:
                return self._document(request, documents.index(self.store))
            caller = self.gate.caller(request)
            if request.path[:2] != ["wc", "v3"]:
                raise no_route()
            if len(request.path) == 2:
                return self._document(request, documents.namespace())
            return self._route(request, request.path[2:], caller)
        except Refusal as refusal:
            return Answer.refused(refusal)

    def _document(self, request: Request, found: Data) -> Answer:
        fields = request.params.get("_fields")
        return Answer.of(only(found, {**field_tree(fields), "_links": True}) if fields else found)

    def _route(self, request: Request, path: list[str], caller: Key | None) -> Answer:
        match path:
            case ["products" | "orders" | "customers" as resource, "batch"] if request.method in _SAVES:
                allow(caller, "batch")
                return self._batch(request, resource)
            case ["products" | "orders" | "customers" as resource]:
                return self._collection(request, resource, caller)
            case ["products" | "orders" | "customers" as resource, text] if text.isdigit():
                return self._item(request, resource, int(text), caller)
            case ["products", parent, "variations", *rest] if parent.isdigit():
                return self._nested(request, "variations", "products", int(parent), rest, caller)
            case ["orders", parent, "refunds", *rest] if parent.isdigit():
                return self._nested(request, "refunds", "orders", int(parent), rest, caller)
            case ["variations"] if request.method in _READS and self.store.shop.global_variations:
                allow(caller, "list")
                return self.reader.many(request, "variations", "variations")
            case ["refunds"] if request.method in _READS:
                allow(caller, "list")
                return self.reader.many(request, "refunds", "refunds")
            case ["webhooks", *rest]:
                return self.webhooks.answer(request, rest, caller)
            case _ if request.method in _READS:
                return self._setting(request, path, caller)
        raise no_route()

    def _setting(self, request: Request, path: list[str], caller: Key | None) -> Answer:
        found: Any = None
        match path:
            case ["system_status"]:
                found = documents.system_status(self.store, request.secure)
            case ["data", "currencies", "current"]:
                found = documents.currency(self.store)
            case ["settings", group]:
                found = list(documents.settings(self.store, group).values())
                if not found:
                    raise Refusal(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
            case ["settings", group, name]:
                found = documents.settings(self.store, group).get(name)
                if found is None:
                    raise Refusal(404, "rest_setting_setting_invalid", "Invalid setting.")
            case _:
                found = documents.fixed("/".join(path))
        if found is None:
            raise no_route()
        allow(caller, "list" if isinstance(found, list) or len(path) == 1 else "view")
        fields = request.params.get("_fields")
        if isinstance(found, list):
            return Answer.of([only(one, field_tree(fields)) for one in found] if fields else found)
        return self._document(request, found)

    # -- products, orders, customers -------------------------------------------------------------------------------

    def _writer(self, resource: str) -> Any:
        return {"products": self.products, "orders": self.orders, "customers": self.customers}[resource]

    def _collection(self, request: Request, resource: str, caller: Key | None) -> Answer:
        if request.method in _READS:
            allow(caller, "list")
            return self.reader.many(request, resource, resource)
        if request.method != "POST":
            raise no_route()
        allow(caller, "create")
        return self._created(request, resource, self._writer(resource).create(request.json()), resource)

    def _created(self, request: Request, resource: str, row: Row, path: str) -> Answer:
        headers = [(b"location", f"{request.home}/wp-json/wc/v3/{path}/{row.id}".encode())]
        return self.reader.shown(request, self._edited(row, resource), 201, headers)

    def _edited(self, row: Row, resource: str) -> Data:
        data = self.reader.data(row, resource)
        return edit_view(data) if resource == "products" else data

    def _item(self, request: Request, resource: str, identifier: int, caller: Key | None) -> Answer:
        if request.method in _READS:
            allow(caller, "view")
            return self.reader.one(request, resource, identifier)
        writer = self._writer(resource)
        if request.method in _SAVES:
            allow(caller, "edit")
            row = self.reader.find(resource, identifier, status=400)
            return self.reader.shown(request, self._edited(writer.update(row, request.json()), resource))
        if request.method != "DELETE":
            raise no_route()
        allow(caller, "delete")
        row = self.reader.find(resource, identifier)
        shown = self._edited(row, resource)
        self._remove(resource, row, forced(request))
        return self.reader.shown(request, shown)

    def _remove(self, resource: str, row: Row, force: bool) -> None:
        if resource == "customers":
            if not force:
                raise no_trash("Customers")
            self.customers.remove(row)
        elif force:
            self._writer(resource).delete(row)
        else:
            self._writer(resource).trash(row)

    def _nested(self, request: Request, resource: str, above: str, parent: int, rest: list[str], caller: Key | None) -> Answer:
        if self.store.collection(above).get(parent) is None:
            raise invalid_id(above)
        owner = self.store.collection(above).rows[parent]
        path = f"{above}/{parent}/{resource}"
        if not rest:
            if request.method in _READS:
                allow(caller, "list")
                return self.reader.many(request, resource, path, parent)
            allow(caller, "create")
            body = request.json()
            made = self.products.create(body, owner) if resource == "variations" else self.orders.refund(owner, body)
            return self._created(request, resource, made, path)
        if len(rest) != 1 or not rest[0].isdigit():
            raise no_route()
        identifier = int(rest[0])
        if request.method in _READS:
            allow(caller, "view")
            return self.reader.one(request, resource, identifier, parent)
        allow(caller, "delete" if request.method == "DELETE" else "edit")
        row = self.reader.find(resource, identifier, parent, 404 if request.method == "DELETE" else 400)
        return self._write_nested(request, resource, row)

    def _write_nested(self, request: Request, resource: str, row: Row) -> Answer:
        if request.method == "DELETE":
            shown = self.reader.data(row, resource)
            if resource == "refunds":
                if not forced(request):
                    raise no_trash("Refunds")
                self.orders.unrefund(row)
            elif forced(request):
                self.products.delete(row)
            else:
                self.products.trash(row)
            return self.reader.shown(request, shown)
        if resource == "refunds" or request.method not in _SAVES:
            raise no_route()
        return self.reader.shown(request, self.reader.data(self.products.update(row, request.json()), resource))

    # -- batch -----------------------------------------------------------------------------------------------------

    def _batch(self, request: Request, resource: str) -> Answer:
        body, writer = request.json(), self._writer(resource)
        parts = {name: body.get(name) or [] for name in ("create", "update", "delete")}
        if sum(len(part) for part in parts.values()) > BATCH_LIMIT:
            text = f"Unable to accept more than {BATCH_LIMIT} items for this request."
            raise Refusal(413, "woocommerce_rest_request_entity_too_large", text)
        done: dict[str, list[Data]] = {}
        for given in parts["create"]:
            done.setdefault("create", []).append(self._tried(0, lambda g=given: self._edited(writer.create(g), resource)))
        for given in parts["update"]:
            one = int(given.get("id", 0))
            done.setdefault("update", []).append(self._tried(one, lambda g=given: self._batch_update(resource, g)))
        for one in parts["delete"]:
            done.setdefault("delete", []).append(self._tried(one, lambda i=one: self._batch_delete(resource, i)))
        return Answer.of(done, 200, b"POST, PUT, PATCH")

    def _tried(self, identifier: int, act: Any) -> Data:
        try:
            found: Data = act()
        except Refusal as refusal:
            return refusal.item(identifier)
        return found

    def _batch_update(self, resource: str, given: Data) -> Data:
        row = self.reader.find(resource, int(given.get("id", 0)), status=400)
        return self._edited(self._writer(resource).update(row, given), resource)

    def _batch_delete(self, resource: str, identifier: int) -> Data:
        row = self.reader.find(resource, int(identifier))
        shown = self._edited(row, resource)
        self._remove(resource, row, True)
        return shown

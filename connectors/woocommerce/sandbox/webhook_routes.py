"""The routes below /webhooks."""

from __future__ import annotations

from connectors.woocommerce.sandbox.auth import Key, allow
from connectors.woocommerce.sandbox.errors import no_route, no_trash
from connectors.woocommerce.sandbox.query import listing
from connectors.woocommerce.sandbox.reads import Reader
from connectors.woocommerce.sandbox.request import Answer, Request, forced
from connectors.woocommerce.sandbox.webhooks import Webhooks
from connectors.woocommerce.sandbox.wire import encode, field_tree, only

_READS = {"GET", "HEAD"}


class WebhookRoutes:
    """Create, list, change and delete. `offset` is ignored here, and only `force=true` deletes."""

    def __init__(self, reader: Reader, webhooks: Webhooks) -> None:
        self.reader, self.webhooks = reader, webhooks

    def answer(self, request: Request, rest: list[str], caller: Key | None) -> Answer:
        """Raises Refusal."""
        hooks, method = self.webhooks, request.method
        if not rest and method in _READS:
            allow(caller, "list")
            return self._list(request)
        if not rest and method == "POST":
            allow(caller, "create")
            shown = hooks.shown(hooks.create(request.json()))
            where = [(b"location", f"{request.home}/wp-json/wc/v3/webhooks/{shown['id']}".encode())]
            return self.reader.shown(request, shown, 201, where)
        if len(rest) != 1 or not rest[0].isdigit():
            raise no_route()
        identifier = int(rest[0])
        if method in _READS:
            allow(caller, "view")
            return self.reader.shown(request, hooks.shown(hooks.find(identifier)))
        allow(caller, "delete" if method == "DELETE" else "edit")
        if method == "DELETE":
            hooks.find(identifier)
            if not forced(request):
                raise no_trash("Webhooks")
            return self.reader.shown(request, hooks.shown(hooks.delete(identifier)))
        return self.reader.shown(request, hooks.shown(hooks.update(identifier, request.json())))

    def _list(self, request: Request) -> Answer:
        asked = listing("webhooks", request.params, self.webhooks.clock)
        status = asked.statuses[0] if asked.statuses else "all"
        found = [hook for hook in self.webhooks.table.values() if status in {"all", hook.status}]
        if asked.orderby == "date":
            found.sort(key=lambda hook: (-hook.created if asked.descending else hook.created, hook.id))
        elif asked.orderby == "id":
            found.sort(key=lambda hook: hook.id, reverse=asked.descending)
        else:
            found.sort(key=lambda hook: hook.name, reverse=asked.descending)
        page = [self.webhooks.shown(hook) for hook in found[asked.start : asked.start + asked.per_page]]
        headers = self.reader.counted(request, "webhooks", "webhooks", asked, len(found), bool(page))
        tree = field_tree(request.params.get("_fields", ""))
        paged = any(name == b"link" for name, _ in headers)
        return Answer(encode([only(one, tree) for one in page] if tree else page), headers=headers, paged=paged)

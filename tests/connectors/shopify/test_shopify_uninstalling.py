from __future__ import annotations

from uuid import UUID

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.webhooks import COMPLIANCE
from connectors.shopify.subscriptions import TOPICS
from hub.db.engine import Database
from tests.connectors.shopify.webhook_street import RICH, open_street

STATUS = "select status from installation"
LAST = "select topic, status, reason from receipt order by received_at desc, id desc limit 1"


async def test_a_shop_that_removes_the_app_and_comes_back(db: Database, org: UUID) -> None:
    sandbox = Sandbox(**RICH)
    async with open_street(db, sandbox) as street:
        known = await street.connect(org, sandbox)
        assert known.inbound == {"mode": "webhooks"}
        assert len(sandbox.state.of("WebhookSubscription")) == len(TOPICS)
        sandbox.webhooks.configure(f"{street.hub_url}/in/shopify", "app/uninstalled", *COMPLIANCE)
        sandbox.uninstall()
        await street.work(sandbox)
        assert await street.rows(org, STATUS) == [{"status": "disconnected"}]
        assert all(one.taken for one in sandbox.webhooks.sent)
        sandbox.renew()
        back = await street.connect(org, sandbox)
        assert (back.id, back.status, back.inbound) == (known.id, "active", {"mode": "webhooks"})
        sandbox.webhooks.compliance("shop/redact")
        await street.work(sandbox)
        (last,) = await street.rows(org, LAST)
        assert (last["topic"], last["status"]) == ("shop/redact", "ignored")
        sandbox.uninstall()
        await street.work(sandbox)
        sandbox.webhooks.compliance("shop/redact")
        await street.work(sandbox)
        assert await street.rows(org, STATUS) == []
        assert all(one.taken for one in sandbox.webhooks.sent)


async def test_a_late_word_of_an_old_uninstallation_ends_nothing(db: Database, org: UUID) -> None:
    sandbox = Sandbox(**RICH)
    async with open_street(db, sandbox) as street:
        await street.connect(org, sandbox)
        sandbox.webhooks.announce("app/uninstalled", {"id": 1, "myshopify_domain": sandbox.tokens.shop})
        await street.work(sandbox)
        assert await street.rows(org, STATUS) == [{"status": "active"}]


async def test_messages_are_believed_through_a_change_of_the_apps_secret(db: Database, org: UUID) -> None:
    sandbox = Sandbox(**RICH)
    async with open_street(db, sandbox) as street:
        await street.connect(org, sandbox)
        sandbox.tokens.app.old_secret = sandbox.tokens.app.secret
        sandbox.tokens.app.secret = "the next one"
        sandbox.webhooks.sign_with_old = True
        for body in ({"id": 1}, {"id": 2}):
            sandbox.webhooks.announce("products/update", body)
        await street.work(sandbox)
        assert [one.statuses for one in sandbox.webhooks.sent] == [[200], [200]]
        sandbox.webhooks.sign_with_old = False  # and nobody has told us
        sandbox.webhooks.announce("products/update", {"id": 3})
        await street.work(sandbox)
        assert set(sandbox.webhooks.sent[-1].statuses) == {401}

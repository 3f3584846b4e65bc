"""Creating, changing and deleting customers."""

from __future__ import annotations

from connectors.woocommerce.sandbox import meta
from connectors.woocommerce.sandbox.errors import Refusal, missing
from connectors.woocommerce.sandbox.hooks import Announce
from connectors.woocommerce.sandbox.seed_people import customer
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import Data


class CustomerWriter:
    """Writes customers. They cannot be trashed, and deleting one does send `customer.deleted`."""

    def __init__(self, store: Store, announce: Announce) -> None:
        self.store, self.announce = store, announce

    def create(self, body: Data) -> Row:
        """A new customer. Raises Refusal (400)."""
        if "email" not in body:
            raise missing(["email"])
        self._check_email(0, body)
        row = customer(self.store, body["email"], {**body, "role": "customer"}, self.store.clock.now())
        data = row.data()
        meta.write(self.store, data["meta_data"], body.get("meta_data"))
        self.store.save("customers", row, data)
        self.announce("customer", "created", row.id)
        self.announce("customer", "updated", row.id)
        return row

    def update(self, row: Row, body: Data) -> Row:
        """Change what is given. Raises Refusal (400)."""
        self._check_email(row.id, body)
        data = row.data()
        if "email" in body:
            self.store.emails.pop(data["email"].lower(), None)
            self.store.emails[body["email"].lower()] = row.id
        data |= {name: body[name] for name in ("email", "first_name", "last_name") if name in body}
        for name in ("billing", "shipping"):
            given = body.get(name)
            if isinstance(given, dict):
                data[name] |= {key: str(value) for key, value in given.items() if key in data[name]}
        meta.write(self.store, data["meta_data"], body.get("meta_data"))
        self.store.save("customers", row, data)
        self.announce("customer", "updated", row.id)
        return row

    def delete(self, row: Row) -> None:
        """Gone from the database without a word."""
        with self.store.lock:
            self.store.customers.drop(row.id)
            self.store.emails.pop(row.sku, None)

    def remove(self, row: Row) -> None:
        """Deleted as the store does it: with a webhook."""
        self.delete(row)
        self.announce("customer", "deleted", row.id)

    def _check_email(self, own: int, body: Data) -> None:
        email = str(body.get("email", ""))
        if self.store.emails.get(email.lower(), own) == own:
            return
        if own:
            raise Refusal(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
        text = f"An account is already registered with {email}. Please log in or use a different email address."
        raise Refusal(400, "registration-error-email-exists", text)

"""The arithmetic of a seeded order: lines, what discounts take off them, taxes, shipping; every sum from its own parts."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.shopify.sandbox.amounts import NOTHING, Amount, Till, total
from connectors.shopify.sandbox.state import Json


@dataclass(slots=True)
class Tax:
    """A tax: its name, and how many thousandths of the price."""

    title: str
    per_mille: int


@dataclass(slots=True)
class Off:
    """A discount and what it takes: `part` of a thousand, or a fixed amount; of the goods or of the shipping."""

    application: Json
    per_mille: int = 0
    amount: Amount = NOTHING
    lines: tuple[int, ...] | None = None  # None: all of them
    shipping: bool = False


@dataclass(slots=True)
class Line:
    """One line before it is an object: what one costs, how many, what is taken off, what is owed on it."""

    unit: Amount
    count: int
    given: list[tuple[Json, Amount]] = field(default_factory=list)  # discount → its share
    taxes: list[tuple[Tax, Amount]] = field(default_factory=list)
    duty: Amount | None = None

    @property
    def before(self) -> Amount:
        return self.unit.times(self.count)

    @property
    def off(self) -> Amount:
        return total([share for _, share in self.given])

    @property
    def after(self) -> Amount:
        return self.before - self.off


@dataclass(slots=True)
class Basket:
    """Lines and ways of shipping (each a line of one), priced together."""

    till: Till
    taxed: bool  # whether prices include tax
    lines: list[Line]
    shipping: list[Line]
    tip: Amount = NOTHING
    fee: Amount = NOTHING

    def discount(self, off: Off) -> None:
        """Take a discount off; of a fixed one, every line bears its share and the last one the rest."""
        if off.shipping:
            for line in self.shipping:
                self._give(line, off.application, line.after.share(off.per_mille, 1000))
            return
        chosen = [line for place, line in enumerate(self.lines) if off.lines is None or place in off.lines]
        if off.per_mille:
            for line in chosen:
                self._give(line, off.application, line.after.share(off.per_mille, 1000))
            return
        whole = total([line.after for line in chosen])
        left = Amount(min(off.amount.shop, whole.shop), min(off.amount.shown, whole.shown))
        for place, line in enumerate(chosen):
            part = Amount(
                _part(off.amount.shop, line.after.shop, whole.shop), _part(off.amount.shown, line.after.shown, whole.shown)
            )
            share = left if place == len(chosen) - 1 else part
            share = Amount(min(share.shop, left.shop, line.after.shop), min(share.shown, left.shown, line.after.shown))
            self._give(line, off.application, share)
            left = left - share

    def _give(self, line: Line, application: Json, share: Amount) -> None:
        if share.shop or share.shown:
            line.given.append((application, share))

    def tax(self, taxes: list[Tax]) -> None:
        """What is owed on everything as it stands: inside the price, or on top."""
        whole = 1000 + sum(tax.per_mille for tax in taxes) if self.taxed else 1000
        for line in [*self.lines, *self.shipping]:
            line.taxes = [(tax, line.after.share(tax.per_mille, whole)) for tax in taxes]

    # -- sums ------------------------------------------------------------------------------------------------------

    @property
    def goods(self) -> Amount:
        """The subtotal: lines after all discounts."""
        return total([line.after for line in self.lines])

    @property
    def sent(self) -> Amount:
        """Shipping after its discounts."""
        return total([line.after for line in self.shipping])

    @property
    def off(self) -> Amount:
        return total([line.off for line in [*self.lines, *self.shipping]])

    @property
    def duties(self) -> Amount:
        return total([line.duty for line in self.lines if line.duty])

    def taxes(self) -> list[tuple[Tax, Amount]]:
        """Each tax of the order with its sum over lines and shipping."""
        every = [*self.lines, *self.shipping]
        kinds = self.lines[0].taxes if self.lines else []
        return [(tax, total([line.taxes[place][1] for line in every])) for place, (tax, _) in enumerate(kinds)]

    @property
    def owed(self) -> Amount:
        """All taxes together."""
        return total([amount for _, amount in self.taxes()])

    @property
    def total(self) -> Amount:
        return total([self.goods, self.sent, Amount() if self.taxed else self.owed, self.duties, self.tip, self.fee])


def _part(of: int, line: int, whole: int) -> int:
    return of * line // whole if whole else 0

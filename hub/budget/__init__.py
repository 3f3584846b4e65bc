"""The rate budget of a shop: in requests or in points, one for all workers together."""

from hub.budget.points import CostBudget
from hub.budget.requests import Lease, ShopBudget
from hub.budget.shops import Budgets, Held, Watched
from hub.budget.unhurried import Unhurried

__all__ = ["Budgets", "CostBudget", "Held", "Lease", "ShopBudget", "Unhurried", "Watched"]

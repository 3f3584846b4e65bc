"""The ports: what a connector offers to the hub, and nothing else. Typed protocols are called; hooks only register.

A connector is *manifest + resources + a store to read from*, plus optional webhooks and write-back. Everything that an author
could get wrong (paging with anchors, retries, budgets, checkpoints, quarantine, verdicts, sweeps, echoes) belongs to the engine.
"""

from hub.ports.connector import Connector, Examines, Explained, KeepsAlive, Limits, Manifest, Probe, Remark, Sandbox
from hub.ports.inbound import Change, Delivery, InboundRequest, Notice, Webhooks, WebhookState
from hub.ports.installing import Arrival, Departure, Installs, Visit
from hub.ports.opening import Budget, HttpAnswer, HttpClient, Opening, Renew, Tariff, Vault
from hub.ports.reading import (
    BadRow,
    Children,
    Exporter,
    Json,
    Listing,
    Mapped,
    MapRecord,
    Order,
    Page,
    RecordKind,
    Resource,
    Row,
    ShopSettings,
    Sight,
    Store,
)
from hub.ports.writing import MediaState, MediaWriter, MetafieldWrite, StockWrite, StockWriter, Upload, Writer

__all__ = [
    "Arrival",
    "BadRow",
    "Budget",
    "Change",
    "Children",
    "Connector",
    "Delivery",
    "Departure",
    "Examines",
    "Explained",
    "Exporter",
    "HttpAnswer",
    "HttpClient",
    "InboundRequest",
    "Installs",
    "Json",
    "KeepsAlive",
    "Limits",
    "Listing",
    "Manifest",
    "MapRecord",
    "Mapped",
    "MediaState",
    "MediaWriter",
    "MetafieldWrite",
    "Notice",
    "Opening",
    "Order",
    "Page",
    "Probe",
    "RecordKind",
    "Remark",
    "Renew",
    "Resource",
    "Row",
    "Sandbox",
    "ShopSettings",
    "Sight",
    "StockWrite",
    "StockWriter",
    "Store",
    "Tariff",
    "Upload",
    "Vault",
    "Visit",
    "WebhookState",
    "Webhooks",
    "Writer",
]

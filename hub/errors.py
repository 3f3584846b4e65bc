"""The errors of the hub, grouped by what the caller should do next.

HubError
├── ApiError(status)            answered to an HTTP caller in the one envelope
│   ├── Unauthorized 401 · Forbidden 403 · NotFound 404 · Conflict 409
│   └── Unprocessable 422 · QuotaExceeded 429 · Unavailable 503
├── ConfigurationError          the operator must change something
│   ├── DatabaseUnreachable · SchemaOutdated
├── ConnectorError              a vendor or a connector
│   ├── RetryableError(after)   try again, not before `after` seconds
│   ├── ReauthorizationError    the merchant must connect again
│   ├── SkippedRecordError      this row goes to quarantine, the page goes on
│   └── PermanentError          trying again cannot help
├── LeaseLost                   another worker owns the work now: stop, write nothing
└── SignatureError              an inbound message is not what it claims to be
"""

from __future__ import annotations

from typing import Any, ClassVar


class HubError(Exception):
    """Every error that the hub raises on purpose. `str(error)` is one line fit for a person; `hint` says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ApiError(HubError):
    """Answered to an HTTP caller. `field` is the JSON pointer or parameter at fault, when one is."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", field: str | None = None, **details: Any) -> None:
        super().__init__(message, hint=hint)
        self.field = field
        self.details = details


class Unauthorized(ApiError):
    """No valid credentials came with the request."""

    status = 401
    code = "unauthorized"


class Forbidden(ApiError):
    """The caller is known but may not do this."""

    status = 403
    code = "forbidden"


class NotFound(ApiError):
    """There is no such thing, or it belongs to somebody else: the two look alike."""

    status = 404
    code = "not_found"


class Conflict(ApiError):
    """The state of things does not allow it now."""

    status = 409
    code = "conflict"


class Unprocessable(ApiError):
    """The request is well formed, its content is not usable."""

    status = 422
    code = "unprocessable"


class QuotaExceeded(ApiError):
    """A plan's or a rate's limit is reached."""

    status = 429
    code = "quota_exceeded"


class Unavailable(ApiError):
    """Something that the hub needs is away; try again later."""

    status = 503
    code = "unavailable"


class ConfigurationError(HubError):
    """The operator must change a setting or the environment."""


class DatabaseUnreachable(ConfigurationError):
    """PostgreSQL does not answer at the configured address."""


class SchemaOutdated(ConfigurationError):
    """The database's schema is older or newer than this code."""


class ConnectorError(HubError):
    """Something went wrong between a connector and its vendor."""


class RetryableError(ConnectorError):
    """Try again; `after` seconds if the vendor said how long, else None."""

    def __init__(self, message: str, *, hint: str = "", after: float | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.after = after
        self.status = status


class ReauthorizationError(ConnectorError):
    """The shop no longer accepts our credentials; the merchant must connect again."""


class SkippedRecordError(ConnectorError):
    """One row cannot be mapped. `ref` names the row, `field` the JSON pointer at fault."""

    def __init__(self, ref: str, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.ref = ref
        self.reason = reason
        self.field = field


class PermanentError(ConnectorError):
    """Trying again cannot help: the request or the shop is not what it should be."""


class StockMoved(PermanentError):
    """A quantity is not what we expected, so it was not set. `items`: the vendor ids at fault."""

    def __init__(self, message: str, *, hint: str = "", items: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.items = items


class LeaseLost(HubError):
    """Another worker holds the lease of this work now; nothing more may be written by us."""


class SignatureError(HubError):
    """An inbound message's signature is missing or wrong. `missing`: what would vouch for it did not come at all."""

    def __init__(self, message: str, *, hint: str = "", missing: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.missing = missing

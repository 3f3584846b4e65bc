"""Who is calling: API keys, what they may do, and the caller that a request acts for."""

from __future__ import annotations

from hub.access.authenticate import authenticate
from hub.access.caller import ALL_SCOPES, Caller, require
from hub.access.keys import ApiKey, issue_key, list_keys, revoke

__all__ = ["ALL_SCOPES", "ApiKey", "Caller", "authenticate", "issue_key", "list_keys", "require", "revoke"]

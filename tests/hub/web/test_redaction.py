from __future__ import annotations

import pytest

from hub.web.redaction import redact, without_secrets

KEY = "lun_live_" + "aB3" * 16
SECRETS = [
    KEY,
    "ck_" + "0a" * 20,
    "cs_" + "9f" * 20,
    "shpat_" + "0a" * 16,
    "shpss_" + "0a" * 16,
    "shprt_" + "0a" * 16,
    "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_do_not_reach_the_log_by_name_or_by_look(secret: str) -> None:
    line = redact(None, "info", {"event": f"asked with {secret}", "key": secret, "exception": f"Traceback … {secret!r}", "n": 1})
    assert secret not in str(line)
    assert line["n"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgresql://me:hunter2@db/x", "postgresql://***@db/x"),
        ("/welcome/v1.k1.abc.def", "/welcome/***"),
        ("GET /p?consumer_key=ck_1&consumer_secret=cs_2&page=3", "GET /p?consumer_key=***&consumer_secret=***&page=3"),
        ("authorization: Basic Y2tfMTpjc18y", "authorization: Basic ***"),
        ("GET /x.jsonl?X-Goog-Signature=0a9f&page=3", "GET /x.jsonl?X-Goog-Signature=***&page=3"),
        ("a shop_owner called eyJay", "a shop_owner called eyJay"),
        ("a product called Basic tee, 12,90 €", "a product called Basic tee, 12,90 €"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_and_nothing_else(text: str, told: str) -> None:
    assert without_secrets(text) == told

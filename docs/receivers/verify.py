"""Receive webhooks of Luneo Hub in Python. Copy this file; it needs nothing else (for v1a: pip install cryptography).

Try it:  WEBHOOK_KEYS="whsec_…" python verify.py     (several keys while they rotate, separated by blanks; PORT=8080)
"""

import base64
import hashlib
import hmac
import json
import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 300  # seconds that our clock may differ from the sender's
LARGEST = 8 * 1024 * 1024  # bytes


def verify(header, body, keys, now=None):
    """Raise ValueError unless one of our keys signed this request.

    `header`: function from a header's name to its value, or None. `body`: the bytes as they came, before any parsing.
    `keys`: the endpoint's whsec_… secrets, or whpk_… public keys of the sender's JWKS.
    """
    id, timestamp, signatures = (header(f"webhook-{name}") or "" for name in ("id", "timestamp", "signature"))
    if not re.fullmatch(r"[!-\-/-~]{1,256}", id) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise ValueError("webhook-id or webhook-timestamp is missing or malformed")
    if not re.fullmatch(r"\w+,[\w+/]+={0,2}( \w+,[\w+/]+={0,2}){0,15}", signatures, re.ASCII):
        raise ValueError("webhook-signature is missing or malformed")
    signed = f"{id}.{timestamp}.".encode() + body
    tokens = signatures.split(" ")
    if sum(fits(key, signed, token) for key in keys for token in tokens) == 0:  # a sum: all are tried, whichever fits
        raise ValueError("no signature fits: another key signed it, or it was changed on its way")
    skew = (time.time() if now is None else now) - int(timestamp)
    if abs(skew) > TOLERANCE:
        raise ValueError(f"webhook-timestamp is {skew:.0f} s off: this clock is wrong, or an old message comes again")


def fits(key, signed, token):
    """Whether this token (`v1,<base64>` or `v1a,<base64>`) is that key's signature."""
    version, _, value = token.partition(",")
    prefix, _, encoded = key.partition("_")
    if (prefix, version) == ("whsec", "v1"):
        ours = base64.b64encode(hmac.new(base64.b64decode(encoded), signed, hashlib.sha256).digest())
        return hmac.compare_digest(ours, value.encode())
    if (prefix, version) == ("whpk", "v1a"):
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            signature = base64.b64decode(value, validate=True)
            Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)).verify(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return base64.b64encode(signature).decode() == value  # base64 has several spellings of one value
    return False


def keys_of(jwks):
    """The whpk_… keys of a JWKS document (GET /jwks/{organisation}), parsed."""
    return ["whpk_" + base64.b64encode(base64.urlsafe_b64decode(key["x"] + "=")).decode() for key in jwks["keys"]]


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is genuine, 400 to the rest."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > LARGEST:
            self.close_connection = True  # what follows was not read
            return self.answer(413 if length else 411)
        body = self.rfile.read(int(length))
        try:
            verify(lambda name: ", ".join(self.headers.get_all(name, [])), body, os.environ["WEBHOOK_KEYS"].split())
        except ValueError as error:
            print("refused:", error)
            return self.answer(400)
        event = json.loads(body)
        # Here: put (webhook-id, event) into a queue or table whose unique key is webhook-id, then answer.
        # Work that takes longer than a second belongs behind that queue; an id you know already is fine: answer 204 again.
        print(self.headers["webhook-id"], event["type"], flush=True)
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()

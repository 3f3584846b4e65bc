"""What went wrong on the wire, as one plain line each: who, what, and what to do."""

from __future__ import annotations

import ssl

import httpcore

from hub.errors import ConnectorError, PermanentError, RetryableError

SELF_SIGNED = (18, 19)  # X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
NO_ISSUER = (20, 21)  # the chain ends in the air: an intermediate is missing, or an authority of one's own
EXPIRED = 10
NOT_YET = 9
WRONG_NAME = (62, 64)  # host name, IP address


def timed_out(where: str, seconds: float) -> RetryableError:
    """The whole call, body included, took longer than it may."""
    return RetryableError(f"{where} did not answer in {seconds:g} seconds.")


def too_large(where: str, max_bytes: int) -> RetryableError:
    """More bytes than allowed. Retryable, since a smaller page may fit; status 413 says so."""
    return RetryableError(f"{where} answered with more than {max_bytes:,} bytes.", hint="Ask for smaller pages.", status=413)


def plainly(error: Exception, where: str) -> ConnectorError:
    """The transport's exception in our words. `where` is host[:port], never a query string."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate(cause, where)
        if isinstance(cause, ssl.SSLError):
            return PermanentError(f"{where} does not speak TLS on this port.", hint="Check the port and https:// in the address.")
        if isinstance(cause, ConnectionRefusedError):
            return RetryableError(f"{where} refused the connection.", hint="Is the shop running, and the port right?")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, (httpcore.ConnectError, httpcore.ConnectTimeout)):
        return RetryableError(f"{where} cannot be reached.", hint="Check the address and that the shop is online.")
    if isinstance(error, httpcore.RemoteProtocolError) and "without sending" in str(error):
        return RetryableError(f"{where} closed the connection in the middle of its answer.")
    if isinstance(error, httpcore.ProtocolError):
        return RetryableError(f"{where} did not answer in HTTP.", hint="Check the port in the address.")
    return RetryableError(f"The connection to {where} broke.")


def _certificate(error: ssl.SSLCertVerificationError, where: str) -> PermanentError:
    code = error.verify_code
    if code in SELF_SIGNED:
        return PermanentError(
            f"The certificate of {where} is self-signed.",
            hint="Install one from a public authority (Let's Encrypt is free), or point SSL_CERT_FILE at your own authority.",
        )
    if code in WRONG_NAME:
        return PermanentError(
            f"The certificate of {where} is for another name.", hint="Use the name that the certificate names, or renew it."
        )
    if code in (EXPIRED, NOT_YET):
        word = "has expired" if code == EXPIRED else "is not valid yet"
        return PermanentError(f"The certificate of {where} {word}.", hint="Renew it, or set the clocks right.")
    if code in NO_ISSUER:
        return PermanentError(
            f"The certificate of {where} comes from an authority that is not known here.",
            hint="Let the shop send its intermediate certificates, or point SSL_CERT_FILE at your own authority.",
        )
    return PermanentError(f"The certificate of {where} is not valid: {error.verify_message}.")

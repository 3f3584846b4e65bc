"""The process's own key ring and pepper: from the settings, or made once in the data folder."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from functools import lru_cache
from pathlib import Path

from hub.crypto.ring import KEY, KeyRing
from hub.errors import ConfigurationError
from hub.settings import Settings, get_settings


@lru_cache(maxsize=1)
def key_ring() -> KeyRing:
    """The ring of this process: LUNEO_KEYS, else data_dir/keys.json."""
    return ring_of(get_settings())


@lru_cache(maxsize=1)
def pepper() -> bytes:
    """What API keys are hashed with: LUNEO_PEPPER, else data_dir/keys.json."""
    return pepper_of(get_settings())


def ring_of(settings: Settings) -> KeyRing:
    """The ring that these settings mean. Raises ConfigurationError."""
    given = settings.keys.get_secret_value() if settings.keys else None
    return KeyRing.parse(given or _stored(settings.data_dir)["keys"])


def pepper_of(settings: Settings) -> bytes:
    """The pepper that these settings mean. Raises ConfigurationError."""
    given = settings.pepper.get_secret_value() if settings.pepper else None
    try:
        pepper = urlsafe_b64decode((given or _stored(settings.data_dir)["pepper"]).replace("+", "-").replace("/", "_"))
    except NotBase64:
        pepper = b""
    if len(pepper) < 16:
        raise ConfigurationError("LUNEO_PEPPER must be base64 of 16 bytes or more:", hint="openssl rand -base64 32")
    return pepper


def _stored(data_dir: Path) -> dict[str, str]:
    """What keys.json holds. It is made when missing: complete or not at all, once, whoever comes at the same moment."""
    path = data_dir / "keys.json"
    try:
        if not path.exists():
            _make(path)
        stored = json.loads(path.read_text("utf-8"))
        return {"keys": str(stored["keys"]), "pepper": str(stored["pepper"])}
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be used ({error.strerror}):", hint="set LUNEO_DATA_DIR, or LUNEO_KEYS and LUNEO_PEPPER."
        ) from error
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"{path} is damaged:", hint="put it back from a backup: without it the stored credentials cannot be opened."
        ) from None


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    content = {
        "keys": f"k1:{urlsafe_b64encode(secrets.token_bytes(KEY)).decode()}",
        "pepper": urlsafe_b64encode(secrets.token_bytes(KEY)).decode(),
    }
    scratch = path.with_name(f".keys-{secrets.token_hex(6)}")
    file = os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(file, "w") as out:
            json.dump(content, out)
            out.flush()
            os.fsync(out.fileno())
        path.hardlink_to(scratch)  # fails if somebody was quicker: theirs counts
    except FileExistsError:
        pass
    finally:
        scratch.unlink()

"""The token key's file: a small TOML text that the states make together and keep to themselves.

A file is never overwritten and is readable by its owner alone. No error shows the secret.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tomllib
from collections.abc import Sequence
from pathlib import Path

from hub.errors import ConfigurationError
from hub.identity.tokens import SECRET_BYTES, TokenKey

_TEXT = """\
# Token key of the states. Whoever holds it can test names against link evidence: keep it secret,
# keep it in a secret store, never give it to who holds the hub's keyring.
epoch = {epoch}
secret = "{secret}"
"""


def new_token_key(path: Path, epoch: int) -> TokenKey:
    """Make a key and its file. Raises ConfigurationError where the file exists."""
    key = TokenKey(epoch, secrets.token_bytes(SECRET_BYTES))
    text = _TEXT.format(epoch=epoch, secret=base64.b64encode(key.secret).decode())
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} exists and was left as it is",
            fix="name another file; a key that is replaced ends every link made with it",
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return key


def token_key_files(given: Sequence[Path], setting: str | None) -> list[Path]:
    """Files that were given, else those that HUB_TOKEN_KEY names, parted as a search path is."""
    return [*given] or [Path(part) for part in (setting or "").split(os.pathsep) if part]


def read_token_key(path: Path) -> TokenKey:
    """The key in a file. Raises ConfigurationError where there is none."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        epoch, encoded = content["epoch"], content["secret"]
        secret = base64.b64decode(encoded, validate=True)
    except OSError as error:
        raise ConfigurationError(
            f"the token key {path} cannot be read: {error.strerror}",
            fix="name the file that the states gave out, or make one with hub token-key new",
        ) from None
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise _not_a_key(path) from None
    if type(epoch) is not int or content.keys() != {"epoch", "secret"}:
        raise _not_a_key(path)
    return TokenKey(epoch, secret)


def _not_a_key(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is not a token key",
        fix="name the file that the states gave out, or make one with hub token-key new",
    )

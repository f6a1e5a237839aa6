"""Keyrings in memory, on SQLite and on PostgreSQL keep the contract of keyrings."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.postgres import fresh_database
from hub.adapters.keyring import MemoryKeyring, SqlKeyring, open_keyring
from hub.errors import ConfigurationError, RetryableError
from hub.ports import Keyring
from tests.contract.keyring import KeyringContract, LastingKeyringContract


class TestMemoryKeyring(KeyringContract):
    @pytest.fixture
    def keyring(self) -> Keyring:
        return MemoryKeyring()


class TestSqliteKeyring(LastingKeyringContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'folder' / 'keyring.sqlite'}"

    @pytest.fixture
    def keyring(self, url: str) -> Iterator[Keyring]:
        keyring = open_keyring(url)
        yield keyring
        keyring.close()

    @pytest.fixture
    def reopen(self, url: str) -> Callable[[], Keyring]:
        return lambda: SqlKeyring(url)


class TestPostgresKeyring(LastingKeyringContract):
    @pytest.fixture
    def url(self, postgres_url: str) -> Iterator[str]:
        with fresh_database(postgres_url) as url:
            yield url

    @pytest.fixture
    def keyring(self, url: str) -> Iterator[Keyring]:
        keyring = open_keyring(url)
        yield keyring
        keyring.close()

    @pytest.fixture
    def reopen(self, url: str) -> Callable[[], Keyring]:
        return lambda: SqlKeyring(url)


def test_a_keyring_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keyring.sqlite"
    SqlKeyring(f"sqlite:///{path}").close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite:///:memory:", "mysql://host/keys"])
def test_an_unknown_form_of_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_keyring(url)

    assert caught.value.setting == "HUB_KEYRING"


def test_a_keyring_that_does_not_answer_can_be_tried_again() -> None:
    with pytest.raises(RetryableError) as caught:
        SqlKeyring("postgresql://keeper:hidden@127.0.0.1:9/keys")

    assert "hidden" not in str(caught.value)

"""What every keyring promises: one key for each person, for ever. Adapters inherit the suite."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from hub.identity.sealing import KEY_BYTES
from hub.ports import Keyring

MANY = 1_203
REGISTRY = "us-wi"


class KeyringContract:
    """Give a fixture `keyring`."""

    def test_a_minted_key_is_the_same_when_asked_for_again(self, keyring: Keyring) -> None:
        minted = keyring.keys_for(REGISTRY, ["a", "b"], mint=True)

        assert keyring.keys_for(REGISTRY, ["b", "a"], mint=True) == minted
        assert keyring.keys_for(REGISTRY, ["a", "b"], mint=False) == minted

    def test_nothing_is_minted_unless_it_is_asked_for(self, keyring: Keyring) -> None:
        assert keyring.keys_for(REGISTRY, ["a"], mint=False) == {}
        assert keyring.keys_for(REGISTRY, ["a"], mint=False) == {}

    def test_each_person_of_each_registry_has_a_key_of_their_own(self, keyring: Keyring) -> None:
        keys = [
            key
            for registry in (REGISTRY, "us-oh")
            for key in keyring.keys_for(registry, ["a", "b"], mint=True).values()
        ]

        assert len({key.key_id for key in keys}) == 4
        assert len({key.key for key in keys}) == 4
        assert all(len(key.key) == KEY_BYTES for key in keys)

    def test_a_key_opens_by_its_id_and_an_unknown_id_is_left_out(self, keyring: Keyring) -> None:
        key = keyring.keys_for(REGISTRY, ["a"], mint=True)["a"]

        assert keyring.open_keys([key.key_id, "nobody's", key.key_id]) == {key.key_id: key.key}

    def test_a_large_batch_with_repeats_is_answered_whole(self, keyring: Keyring) -> None:
        people = [str(number) for number in range(MANY)]
        keyring.keys_for(REGISTRY, people[:10], mint=True)
        keys = keyring.keys_for(REGISTRY, people + people, mint=True)

        assert sorted(keys) == sorted(people)
        assert len(keyring.open_keys([key.key_id for key in keys.values()])) == MANY

    def test_nothing_asked_is_nothing_answered(self, keyring: Keyring) -> None:
        assert keyring.keys_for(REGISTRY, [], mint=True) == {}
        assert keyring.open_keys([]) == {}

    def test_those_who_mint_at_once_get_the_same_keys(self, keyring: Keyring) -> None:
        people = [str(number) for number in range(200)]
        asked = [people, people[::-1], people, people[::-1]]
        with ThreadPoolExecutor(len(asked)) as pool:
            answers = list(pool.map(lambda ids: keyring.keys_for(REGISTRY, ids, mint=True), asked))

        assert all(answer == answers[0] for answer in answers)

    def test_a_key_is_not_shown_in_its_text(self, keyring: Keyring) -> None:
        key = keyring.keys_for(REGISTRY, ["a"], mint=True)["a"]

        assert repr(key.key) not in repr(key)


class LastingKeyringContract(KeyringContract):
    """For keyrings that outlive a process. Give a fixture `reopen` too."""

    def test_keys_outlive_the_process(
        self, keyring: Keyring, reopen: Callable[[], Keyring]
    ) -> None:
        minted = keyring.keys_for(REGISTRY, ["a", "b"], mint=True)
        keyring.close()
        again = reopen()

        assert again.keys_for(REGISTRY, ["a", "b"], mint=True) == minted
        again.close()

    def test_two_instances_that_mint_at_once_agree(
        self, keyring: Keyring, reopen: Callable[[], Keyring]
    ) -> None:
        other = reopen()
        people = [str(number) for number in range(300)]
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(keyring.keys_for, REGISTRY, people, mint=True)
            two = pool.submit(other.keys_for, REGISTRY, people[::-1], mint=True)

        assert one.result() == two.result()
        other.close()

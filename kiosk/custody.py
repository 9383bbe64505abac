"""The terminal's secrets and its store, as the settings say: where the keys are, and whether the store is the one that was here last.

store = open_store(settings)         # refuses a copy of yesterday
key = signing_key(settings)
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from kiosk.settings import Settings
from offline_cache.heads import Witness
from offline_cache.keys import CredentialKey, FileKey, StoreKeys
from offline_cache.pkcs11_key import Pkcs11Key
from offline_cache.ratchet import Ratchet
from offline_cache.signing import FileSigningKey, SigningKey
from offline_cache.store import Store, StoreError
from offline_cache.tpm_counter import TpmCounter
from offline_cache.tpm_key import TpmKey


class StoreOfAnotherUser(StoreError):
    """Root would leave files (a new store, its log, a key) that the terminal's own user cannot open. The message names that user."""

    code = "store-of-another-user"


def open_store(settings: Settings) -> Store:
    """The store of these settings; a key in a file is made at the first start, others by `kiosk keys create`.

    Raises `KeyUnusable` and `StoreError`, among them `StoreRolledBack` and `StoreOfAnotherUser`.
    """
    settings.store.path.parent.mkdir(parents=True, exist_ok=True)
    owner = settings.store.path.parent.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        raise StoreOfAnotherUser(f"the store belongs to {_name(owner)}: sudo -u {_name(owner)} kiosk …")
    store = Store.open(settings.store.path, _store_keys(settings))
    try:
        witness(settings).check(store)
        if counted := ratchet(settings, store):
            counted.check()
    except BaseException:
        store.close()
        raise
    return store


def signing_key(settings: Settings) -> SigningKey:
    """What signs the journal's heads; nothing is read yet."""
    hardware = _hardware(settings)
    return hardware if hardware is not None else FileSigningKey(settings.keys.signing or settings.platform.key)


def create_keys(settings: Settings) -> None:
    """Make the secrets where the settings say, once; in a TPM the counter, too, also where the keys are older than it.

    Raises `KeyUnusable`, `StoreError` (the counter).
    """
    hardware = _hardware(settings)
    if not isinstance(hardware, TpmKey):
        (hardware or FileKey(settings.store.key)).create()
        return
    counter = TpmCounter(settings.keys.tcti)
    if not hardware.made() or counter.made():
        hardware.create()
    counter.create()


def ratchet(settings: Settings, store: Store) -> Ratchet | None:
    """What ties the store to the TPM's counter; None where the keys are elsewhere."""
    return Ratchet(store, TpmCounter(settings.keys.tcti)) if settings.keys.source == "tpm" else None


def witness(settings: Settings) -> Witness:
    """What remembers the journal's head outside of the store."""
    return Witness(settings.store.witness or settings.store.path.with_name(f"{settings.store.path.name}.head"))


def _store_keys(settings: Settings) -> StoreKeys:
    hardware = _hardware(settings)
    if hardware is not None:
        return hardware.keys()
    if settings.keys.source == "credential":
        given = os.environ.get("CREDENTIALS_DIRECTORY")
        return CredentialKey(settings.store.key.name, Path(given) if given else None).keys()
    key = FileKey(settings.store.key)
    if not settings.store.key.exists() and not settings.store.path.exists():
        key.create()
    return key.keys()


def _hardware(settings: Settings) -> Pkcs11Key | TpmKey | None:
    keys = settings.keys
    match keys.source:
        case "pkcs11":
            assert keys.module is not None
            assert keys.pin is not None
            return Pkcs11Key(keys.module, keys.token, keys.pin)
        case "tpm":
            return TpmKey(keys.directory, keys.tcti)
        case _:
            return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"

"""Engine, transactions, claiming due rows, migrations, change feed. Each room's tables stand in that room."""

from store.changes import Change, all_changed, changed, changes_since
from store.clock import Clock, FixedClock
from store.columns import Json, Secret, SecretBytes, SecretJson, UtcDateTime
from store.engine import Store, wake
from store.ids import new_id, token_hash
from store.leases import Leased, Versioned, claim, release
from store.secrets import Sealer

__all__ = [
    "Change",
    "Clock",
    "FixedClock",
    "Json",
    "Leased",
    "Sealer",
    "Secret",
    "SecretBytes",
    "SecretJson",
    "Store",
    "UtcDateTime",
    "Versioned",
    "all_changed",
    "changed",
    "changes_since",
    "claim",
    "new_id",
    "release",
    "token_hash",
    "wake",
]

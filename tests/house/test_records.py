"""Backups come back whole on either database, exports are inert, the purge keeps what must be kept."""

import csv
import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, SQLModel

from residents import service
from residents.tables import ContactRow, HomeRow, ResidentRow
from store import FixedClock, Sealer, Store, changed, changes_since
from store.audit import audit, entries
from store.backup import BadBackup, backup, restore
from store.export_csv import WITHHELD, NoSuchTable, export_csv
from store.migrate import migrate as bring_up_to_date
from store.retention import purge
from store.secrets import WrongKey
from tests.conftest import SECRET, import_tables
from tests.forked import Forked
from tests.running import ROOT

NASTY = '=HYPERLINK("http://x")'


def migrated(store: Store) -> None:
    """As the service makes it, with the tables that only other tests define."""
    bring_up_to_date(store)
    store.create_all()


@pytest.fixture
def town(tmp_path: Path, clock: FixedClock) -> Store:
    import_tables()
    store = Store(f"sqlite:///{tmp_path}/town.db", SECRET)
    migrated(store)

    def seed(tx: Session) -> None:
        tx.add(HomeRow(id="home-001", password_hash="x"))
        tx.flush()
        tx.add(ResidentRow(id="r-001", name=NASTY, called="안부 어르신", home="home-001", conditions=["고혈압"]))
        tx.flush()
        tx.add(ContactRow(id="c-001", resident="r-001", name="이안부", relation="딸", topics=["mood"]))
        service.set_consent(tx, "r-001", "voice", True, "import", clock.now())

    store.write(seed)
    return store


def test_a_backup_holds_no_name_in_clear_and_comes_back_whole(town: Store, tmp_path: Path, clock: FixedClock) -> None:
    file = tmp_path / "anbu.backup"
    rows = backup(town, file, clock.now())
    assert file.stat().st_mode & 0o777 == 0o600
    assert "이안부" not in gzip.decompress(file.read_bytes()).decode()

    other = Store(f"sqlite:///{tmp_path}/other.db", SECRET)
    migrated(other)
    assert restore(other, file, Sealer(SECRET)) == rows
    assert other.read(service.resident, "r-001") == town.read(service.resident, "r-001")
    assert other.read(service.contacts, "r-001") == town.read(service.contacts, "r-001")
    assert other.read(service.has_consent, "r-001", "voice")
    other.write(changed, "resident", "r-001", clock.now())  # counters go on after what came back
    other.close()


@pytest.mark.postgres
def test_a_backup_moves_from_one_database_to_the_other(
    town: Store, tmp_path: Path, clock: FixedClock, postgres_url: str
) -> None:
    file = tmp_path / "anbu.backup"
    backup(town, file, clock.now())
    larger = Store(postgres_url, SECRET)
    migrated(larger)
    restore(larger, file, Sealer(SECRET))
    assert larger.read(service.resident, "r-001") == town.read(service.resident, "r-001")
    before = len(larger.read(changes_since, 0))
    larger.write(changed, "resident", "r-001", clock.now())
    assert len(larger.read(changes_since, 0)) == before + 1
    larger.close()


def test_a_damaged_backup_or_a_wrong_key_changes_nothing(town: Store, tmp_path: Path, clock: FixedClock) -> None:
    file = tmp_path / "anbu.backup"
    backup(town, file, clock.now())
    with pytest.raises(WrongKey):
        restore(town, file, Sealer("another secret of the right length"))
    whole = file.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"no backup", gzip.compress(b'{"anbu_backup": 1, "revision": "0"}')):
        file.write_bytes(broken)
        with pytest.raises(BadBackup):
            restore(town, file, Sealer(SECRET))
    assert [r.id for r in town.read(service.residents)] == ["r-001"]


def test_an_export_is_inert_in_a_spreadsheet_and_never_holds_secrets(town: Store, tmp_path: Path) -> None:
    written = town.read(export_csv, tmp_path / "out")
    assert written["residents"] == 1
    assert not {"tokens", "codes", "homes"} & set(written)
    with (tmp_path / "out" / "residents.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["name"] == "'" + NASTY
    assert row["conditions"] == '["고혈압"]'
    only = town.read(export_csv, tmp_path / "one", resident="r-404")
    assert only["residents"] == 0
    with pytest.raises(NoSuchTable):
        town.read(export_csv, tmp_path / "no", table="tokens")


def test_every_withheld_table_exists() -> None:
    import_tables()
    assert set(SQLModel.metadata.tables) >= WITHHELD


def test_the_purge_keeps_two_years_of_access_log(town: Store, clock: FixedClock) -> None:
    old = clock.now() - timedelta(days=729)
    town.write(audit, who="u-001", what="seen", now=old, whose="r-001")
    town.write(changed, "resident", "r-001", clock.now() - timedelta(days=2))
    assert town.write(purge, clock.now()) == {"changes": 1}
    assert any(entry.what == "seen" for entry in town.read(entries))
    assert town.write(purge, clock.forward(days=2))["audit"] == 1


def test_the_backup_verb_holds_every_rooms_rows(tmp_path: Path) -> None:
    house = Forked(tmp_path)
    assert house.verb("import", str(ROOT / "docs/town-example.json")).returncode == 0
    assert house.verb("backup", str(tmp_path / "anbu.backup")).returncode == 0  # the database is up to date by now
    with gzip.open(tmp_path / "anbu.backup", "rt", encoding="utf-8") as lines:
        kept = {json.loads(line)[0] for line in list(lines)[1:]}
    assert {"residents", "contacts", "devices", "tokens", "plans"} <= kept

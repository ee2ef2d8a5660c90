"""A town file comes in: all of it or nothing, twice is once, and a withdrawn consent stays withdrawn."""

import json
import time
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from residents import importing, reach, service
from residents.rows import MAX_UNFOLDED, BadFile
from residents.town import BadTown, Town, read_town
from store import FixedClock, Store
from store.audit import entries

TOWN: dict[str, Any] = {
    "residents": [
        {
            "id": "r-001",
            "name": "김안부",
            "called": "안부 어르신",
            "born": 1941,
            "sex": "F",
            "district": "가나동",
            "home": "home-001",
            "phone": "010-0000-0001",
            "conditions": ["고혈압"],
            "consents": ["voice", "sensors"],
            "plan": {"days": "daily", "at": ["09:30"], "attempts_min": [0, 10, 60], "channels": ["speaker"]},
        }
    ],
    "contacts": [{"id": "c-001", "resident": "r-001", "name": "이안부", "relation": "딸", "topics": ["mood"]}],
    "devices": [
        {"home": "home-001", "device": "bedroom_motion", "kind": "motion", "room": "bedroom"},
        {"home": "home-001", "device": "speaker-1", "kind": "speaker"},
    ],
    "coordinators": [{"id": "u-001", "name": "박담당", "email": "park@example.kr", "role": "coordinator"}],
    "roster": [{"coordinator": "u-001", "days": "daily", "from": "00:00", "to": "24:00", "rank": 1}],
}


def town_with(folder: Path, **tables: Any) -> Town:
    file = folder / "town.json"
    file.write_text(json.dumps(TOWN | tables, ensure_ascii=False, indent=1), "utf-8")
    return read_town(file)


def take_in(store: Store, town: Town, clock: FixedClock) -> importing.Imported:
    passwords = store.read(importing.prepare_passwords, town)
    return store.write(importing.import_town, town, passwords, clock.now())


def test_a_new_town_gets_its_secrets_once(any_store: Store, clock: FixedClock, tmp_path: Path) -> None:
    first = take_in(any_store, town_with(tmp_path), clock)
    assert first.counts == {"residents": 1, "contacts": 1, "devices": 2, "coordinators": 1, "roster": 1}
    assert set(first.telegram) == {"r-001", "c-001", "u-001"}
    assert set(first.devices) == {"home-001/speaker-1"}
    assert any_store.read(service.home_login, "home-001", first.mqtt["home-001"])
    assert any_store.read(service.login, "PARK@example.kr", first.passwords["u-001"]) is not None
    assert first.plans == ["r-001"]

    audited = len(any_store.read(entries))
    again = take_in(any_store, town_with(tmp_path), clock)
    assert (again.telegram, again.devices, again.mqtt, again.passwords, again.plans) == ({}, {}, {}, {}, [])
    assert len(any_store.read(entries)) == audited


def test_a_consent_withdrawn_by_the_resident_is_not_brought_back_by_the_same_file(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    take_in(store, town_with(tmp_path), clock)
    store.write(service.set_consent, "r-001", "voice", False, "r-001", clock.forward(days=1))
    take_in(store, town_with(tmp_path), clock)
    assert store.read(service.consents, "r-001")["voice"] is False

    changed = [TOWN["residents"][0] | {"consents": ["voice", "chat"]}]
    take_in(store, town_with(tmp_path, residents=changed), clock)
    assert store.read(service.consents, "r-001") == {
        "voice": False,  # unchanged in the file, so the resident's word stands
        "chat": True,
        "sensors": False,
        "health": False,
        "family": False,
        "audio": False,
    }


def test_every_bad_row_is_named_and_nothing_is_taken_in(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    rows = [TOWN["residents"][0] | {"born": "1941"}, {"id": "r-001", "name": " ", "home": "a/b", "hobby": "바둑"}]
    with pytest.raises(BadTown) as caught:
        town_with(tmp_path, residents=rows)
    named = {(p.table, p.field) for p in caught.value.problems}
    assert named == {("residents", "born"), ("residents", "name"), ("residents", "home"), ("residents", "hobby")}
    assert all(p.line > 1 for p in caught.value.problems)

    lost = town_with(tmp_path, contacts=[{"id": "c-009", "resident": "r-404", "name": "이안부"}])
    with pytest.raises(BadTown, match=r"contacts\.resident: no resident 'r-404'"):
        take_in(store, lost, clock)
    assert store.read(service.residents) == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not JSON"),
        (b"[1, 2]", "not JSON"),
        (b'{"residents": [{}', "line 1: not JSON"),
        (b'{"people": []}', "unknown table 'people'"),
        (b'{"residents": [3]}', "must be an object"),
        (b'{"residents": [{"born": NaN}]}', "NaN is no number"),
        (b'{"residents":\n[\xff]}', "line 2: not UTF-8"),
        (b'{"residents": [{"born": ' + b"1" * 5000 + b"}]}", "thousands of digits"),
        (b'{"residents": [' + b"[" * 100_000, "nested too deeply|not JSON"),
    ],
)
def test_a_file_that_is_no_town_is_refused_with_its_place(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "town.json"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=fault):
        read_town(file)


def test_a_workbook_that_unfolds_without_end_is_not_unfolded(tmp_path: Path) -> None:
    file = tmp_path / "town.xlsx"
    with ZipFile(file, "w", ZIP_DEFLATED) as book, book.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(MAX_UNFOLDED // 2**20 + 1):
            sheet.write(b"a" * 2**20)
    assert file.stat().st_size < 2**20
    with pytest.raises(BadFile, match="unfolds to more than 256 MB"):
        read_town(file)


def test_a_large_file_names_its_last_line_and_is_read_in_a_moment(tmp_path: Path) -> None:
    file = tmp_path / "town.json"
    rows = [json.dumps({"id": f"r-{n}", "name": "김안부", "home": f"h-{n}"}) for n in range(20_000)]
    file.write_text('{"residents": [' + ",\n".join([*rows, "{}"]) + "]}")
    began = time.process_time()
    with pytest.raises(BadTown) as bad:
        read_town(file)
    assert {problem.line for problem in bad.value.problems} == {20_001}
    assert time.process_time() - began < 5  # counting each row's lines from the start took minutes


@pytest.mark.parametrize("field", ["district", "name", "way_in"])
def test_characters_that_nobody_can_see_are_named(tmp_path: Path, field: str) -> None:
    file = tmp_path / "town.json"
    file.write_text(json.dumps({"residents": [{"id": "r-1", "name": "김안부", "home": "h", field: "a\0b"}]}))
    with pytest.raises(BadTown, match=f"residents.{field}: holds control characters"):
        read_town(file)


def test_the_same_people_come_from_csv_and_xlsx(tmp_path: Path) -> None:
    from openpyxl import Workbook

    head = ["id", "name", "home", "born", "consents", "plan.at", "plan.attempts_min"]
    cells = ["r-001", "김안부", "home-001", "1941", "voice;chat", "09:30;18:00", "0;5"]
    csv = tmp_path / "residents.csv"
    csv.write_text("\n".join([",".join(head), ",".join(cells)]), "utf-8")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "residents"
    sheet.append(head)
    sheet.append(cells)
    book.save(tmp_path / "town.xlsx")

    from_csv, from_xlsx = read_town(csv), read_town(tmp_path / "town.xlsx")
    assert from_csv.residents == from_xlsx.residents
    assert from_csv.residents[0].born == 1941
    plan = from_csv.residents[0].plan
    assert plan is not None
    assert (plan.at, plan.attempts_min) == (["09:30", "18:00"], [0, 5])


def test_an_id_names_one_person_whoever_it_is(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    take_in(store, town_with(tmp_path), clock)
    namesake = {"id": "c-001", "name": "최안부", "home": "home-002"}
    with pytest.raises(BadTown, match=r"residents\.id: belongs to somebody of another table"):
        take_in(store, town_with(tmp_path, residents=[namesake], contacts=[], devices=[], roster=[]), clock)


def test_addresses_come_with_the_town_and_a_file_that_is_silent_about_them_leaves_them(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    mail = "mailto://anbu:geheim@example.kr?to=park@example.kr"
    staff = [TOWN["coordinators"][0] | {"notify": [mail, "https://city.example.kr/anbu"]}]
    take_in(store, town_with(tmp_path, coordinators=staff), clock)
    assert [way.channel for way in store.read(reach.ways, "coordinator", "u-001")] == ["apprise", "webhook"]
    assert "geheim" not in str([entry.detail for entry in store.read(entries)])
    take_in(store, town_with(tmp_path), clock)
    assert store.read(reach.addresses, "coordinator", "u-001")[0] == mail
    take_in(store, town_with(tmp_path, coordinators=[staff[0] | {"notify": []}]), clock)
    assert store.read(reach.ways, "coordinator", "u-001") == ()


@pytest.mark.parametrize("address", ["nosuch://geheim", "geheim", "mailto://geheim geheim"])
def test_an_address_nobody_can_send_to_stops_the_import_without_being_repeated(
    store: Store, clock: FixedClock, tmp_path: Path, address: str
) -> None:
    contacts = [TOWN["contacts"][0] | {"notify": [address]}]
    with pytest.raises(BadTown, match=r"contacts\.notify\.0: ") as bad:
        take_in(store, town_with(tmp_path, contacts=contacts), clock)
    assert "geheim" not in str(bad.value)

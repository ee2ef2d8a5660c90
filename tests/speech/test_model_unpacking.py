"""An archive from outside can hold anything; what is unpacked is the model or nothing, and never outside its folder."""

import hashlib
import io
import random
import stat
import zipfile
from pathlib import Path

import pytest

from speech.hearing.published_model import ModelFile, Published
from speech.hearing.unpacking import BadArchive, Stopped, unpack
from tests.speech.model_server import NAME, archive, contents, model_of

FILES = {"am/final.mdl": b"weights" * 400, "conf/mfcc.conf": b"--sample-frequency=16000\n", "graph/empty.int": b""}


@pytest.fixture
def model(tmp_path: Path) -> Published:
    made = model_of(FILES, tmp_path, "http://127.0.0.1:1/")
    made.folder.parent.mkdir(parents=True)
    return made


def put(model: Published, content: bytes) -> Path:
    model.part.write_bytes(content)
    return model.part


def refused(model: Published, content: bytes) -> str:
    """Why; nothing is left beside the archive."""
    with pytest.raises(BadArchive) as fault:
        unpack(put(model, content), model)
    assert {file.name for file in model.folder.parent.iterdir()} == {model.part.name}
    assert {file.name for file in model.folder.parent.parent.iterdir()} == {"models"}
    return str(fault.value)


def with_more(**entries: str) -> bytes:
    """The model's archive with more in it: content by name."""
    out = io.BytesIO(archive(FILES))
    with zipfile.ZipFile(out, "a") as zipped:
        for name, content in entries.items():
            zipped.writestr(name, content)
    return out.getvalue()


def test_the_model_and_nothing_else_is_taken(model: Published) -> None:
    unpack(put(model, with_more(**{f"{NAME}/am/": "", f"{NAME}/notes.txt": "hello", "other/x": "y"})), model)
    assert contents(model.folder) == FILES


@pytest.mark.parametrize(
    "name", ["../evil", f"{NAME}/../../evil", "/etc/evil", "..\\evil", "C:\\evil", f"{NAME}/am/../../../evil"]
)
def test_a_path_that_points_outside_is_refused(model: Published, name: str) -> None:
    assert "points outside" in refused(model, with_more(**{name: "evil"}))


def test_a_link_is_not_followed_nor_made(model: Published) -> None:
    out = io.BytesIO()
    link = zipfile.ZipInfo(f"{NAME}/am/final.mdl")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
    assert "am/final.mdl" in refused(model, out.getvalue())


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (FILES | {"am/final.mdl": b"weights" * 399 + b"heights"}, "am/final.mdl in it is not the published file"),
        (FILES | {"am/final.mdl": b"weights" * 399}, "am/final.mdl in it is not the published file"),
        (FILES | {"am/final.mdl": bytes(30_000_000)}, "am/final.mdl in it is not the published file"),
        ({"am/final.mdl": FILES["am/final.mdl"]}, "KeyError"),
        ({}, "KeyError"),
    ],
)
def test_a_file_that_is_another_too_big_or_missing_is_refused(
    model: Published, files: dict[str, bytes], told: str
) -> None:
    assert told in refused(model, archive(files))


def test_an_archive_of_another_model_is_refused(model: Published) -> None:
    assert "KeyError" in refused(model, archive(FILES, "vosk-model-small-xx"))


@pytest.mark.parametrize("content", [b"", b"<html>", archive(FILES)[:-40], archive(FILES)[40:]])
def test_what_is_no_archive_is_refused(model: Published, content: bytes) -> None:
    assert "cannot be unpacked" in refused(model, content)


def test_a_table_of_contents_without_end_is_not_read(model: Published) -> None:
    assert "BadZipFile" in refused(model, with_more(**{f"{n:0200}": "" for n in range(6000)}))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_byte_is_wrong_it_is_the_model_or_nothing(model: Published, seed: int) -> None:
    whole, rng = archive(FILES), random.Random(seed)
    for _ in range(100):
        broken = bytearray(whole)
        for _ in range(rng.choice([1, 1, 2, 8])):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        model.part.write_bytes(broken)
        try:
            unpack(model.part, model)
        except BadArchive:
            assert not model.folder.exists()
        else:
            assert contents(model.folder) == FILES
            model.folder.rename(model.folder.parent.parent / f"whole-{rng.random()}")
        assert not model.aside.exists()


def test_unpacking_stops_when_it_is_not_wanted_any_more(model: Published) -> None:
    with pytest.raises(Stopped):
        unpack(put(model, archive(FILES)), model, lambda: False)
    assert not model.folder.exists()
    assert not model.aside.exists()


def test_a_locked_archive_is_refused(model: Published) -> None:
    content = bytearray(archive(FILES))
    for at in (6, content.index(b"PK\x01\x02") + 8):
        content[at] |= 1
    assert "RuntimeError" in refused(model, bytes(content))


def test_the_digest_is_of_what_was_written(model: Published) -> None:
    unpack(put(model, archive(FILES)), model)
    assert model.files[0] == ModelFile("am/final.mdl", 2800, hashlib.sha256(FILES["am/final.mdl"]).hexdigest())
    assert (model.folder / "am/final.mdl").read_bytes() == FILES["am/final.mdl"]

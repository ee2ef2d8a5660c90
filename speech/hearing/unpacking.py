"""An archive that came from outside → the model's folder: only the files we know, each checked, all of them or none."""

import errno
import hashlib
import io
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO

from speech.hearing.published_model import ModelFile, Published

_PIECE = 1024 * 1024
#: what zipfile raises for a broken archive, beside OSError.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    ValueError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    OverflowError,
)


class BadArchive(Exception):
    """It does not hold the model. The message says what is wrong with it."""


class Stopped(Exception):
    """The unpacking is not wanted any more."""


def unpack(archive: Path, model: Published, wanted: Callable[[], bool] = lambda: True) -> None:
    """Put the model into its folder, which is not there yet. Blocking: seconds. Raises BadArchive, Stopped, OSError."""
    shutil.rmtree(model.aside, ignore_errors=True)
    try:
        with io.FileIO(archive) as raw, _read(raw) as opened:
            for file in model.files:
                _take(opened, file, model, wanted)
        model.aside.rename(model.folder)
        _to_disk(model.folder.parent)
    finally:
        shutil.rmtree(model.aside, ignore_errors=True)


class _Bounded(io.BufferedReader):
    """A file of which nothing asks for much at once: zipfile reads a table of contents as a whole, however long."""

    def read(self, size: int | None = -1, /) -> bytes:
        """At most a megabyte; ours has two kilobytes of contents. Raises BadZipFile."""
        if size is not None and size > _PIECE:
            raise zipfile.BadZipFile("its table of contents is too long")
        return super().read(_PIECE if size is None or size < 0 else size)


@contextmanager
def _read(raw: io.FileIO) -> Iterator[zipfile.ZipFile]:
    """The archive, if nothing in it points outside."""
    with _Bounded(raw) as bounded:
        with _faults_named():
            opened = zipfile.ZipFile(bounded)
        with opened:
            _check_names(opened.namelist())
            yield opened


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name:
            raise BadArchive("it holds a file that points outside its folder")


def _take(opened: zipfile.ZipFile, file: ModelFile, model: Published, wanted: Callable[[], bool]) -> None:
    """Write one file and hold it against what it must be."""
    target = model.aside / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        for piece in _pieces(opened, f"{model.folder.name}/{file.path}"):
            size += len(piece)
            if size > file.size or not wanted():
                break
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if not wanted():
        raise Stopped
    if size != file.size or digest.hexdigest() != file.sha256:
        raise BadArchive(f"{file.path} in it is not the published file")


def _pieces(opened: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with _faults_named():
        inside: IO[bytes] = opened.open(name)
    with inside:
        while True:
            with _faults_named():
                piece = inside.read(_PIECE)
            if not piece:
                return
            yield piece


@contextmanager
def _faults_named() -> Iterator[None]:
    """Whatever is wrong with what is read is the archive's fault, unless the disk cannot be read."""
    try:
        yield
    except _BROKEN as error:
        raise BadArchive(f"it cannot be unpacked ({type(error).__name__})") from None
    except OSError as error:
        if error.errno not in {None, errno.EINVAL}:
            raise
        raise BadArchive("it cannot be unpacked") from None


def _to_disk(folder: Path) -> None:
    """What was moved into the folder stays there after a power cut."""
    there = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(there)
    finally:
        os.close(there)

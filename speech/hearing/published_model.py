"""The published small Korean model: where it comes from, where it will stand, and what each of its files must be."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_MANIFEST = Path(__file__).parent / "published_model.tsv"


@dataclass(frozen=True)
class ModelFile:
    """One file. path: below the model's folder; size: bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Published:
    """A model that can be fetched. The archive at `url` holds it in a folder that has the name of `folder`."""

    url: str
    folder: Path
    files: tuple[ModelFile, ...]

    @property
    def source(self) -> str:
        """The address without a password in it, for people."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def size(self) -> int:
        """Bytes, unpacked."""
        return sum(file.size for file in self.files)

    @property
    def part(self) -> Path:
        """As much of the archive as has come."""
        return self.folder.with_name(f"{self.folder.name}.zip.part")

    @property
    def lock(self) -> Path:
        """Held by the one process that fetches."""
        return self.folder.with_name(f".{self.folder.name}.lock")

    @property
    def aside(self) -> Path:
        """Where it is unpacked and checked before it takes its place."""
        return self.folder.with_name(f".{self.folder.name}.unpacking")


def published(url: str, folder: Path) -> Published:
    """The small Korean model, to be fetched from `url` into `folder`."""
    return Published(url, folder, read_manifest(_MANIFEST.read_text("utf-8").splitlines()))


def read_manifest(lines: Iterable[str]) -> tuple[ModelFile, ...]:
    """`sha256 size path`, separated by tabs; # begins a comment."""
    rows = (line.split("\t") for line in lines if line.strip() and not line.startswith("#"))
    return tuple(ModelFile(path, int(size), sha256) for sha256, size, path in rows)

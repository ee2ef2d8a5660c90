"""Loading the YAML files of one language and looking sentences up by a dotted key."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).parent


class UnknownWords(KeyError):
    """There are no words under this key: look at the file named before the first dot."""


class Words:
    """All words of one language. `key` is `<file>.<path>`, for example `escalations.page.title`."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files

    def text(self, key: str, /, **values: object) -> str:
        """One sentence with its values filled in. Raises UnknownWords, also when the key holds several."""
        found = self._find(key)
        if not isinstance(found, str):
            raise UnknownWords(key)
        return found.format(**values) if values else found

    def options(self, key: str) -> Sequence[str]:
        """All wordings of one sentence, one or many. Raises UnknownWords."""
        found = self._find(key)
        return [found] if isinstance(found, str) else list(found)

    def data(self, key: str) -> Any:
        """Whatever stands under the key, as parsed: a whole file by its name (`meaning/risks`), or a part of one."""
        return self._files[key] if key in self._files else self._find(key)

    def files(self, folder: str = "") -> Mapping[str, Any]:
        """Every file of a folder, or of all, parsed, by its name with the folder's."""
        return {name: data for name, data in self._files.items() if not folder or name.startswith(f"{folder}/")}

    def has(self, key: str) -> bool:
        """Whether there are words under the key."""
        try:
            self._find(key)
        except UnknownWords:
            return False
        return True

    def _find(self, key: str) -> Any:
        file, _, path = key.partition(".")
        found = self._files.get(file)
        for step in path.split(".") if path else ():
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            raise UnknownWords(key)
        return found


@cache
def load(language: str = "ko") -> Words:
    """The words of a language, read once. Raises FileNotFoundError for a language that is not there."""
    folder = _ROOT / language
    if not folder.is_dir():
        raise FileNotFoundError(f"no words for language {language!r}: {folder.name}/ is missing below prompts/")
    files = sorted(folder.rglob("*.yaml"))
    return Words({str(f.relative_to(folder).with_suffix("")): _parse(f) for f in files})


def _parse(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506

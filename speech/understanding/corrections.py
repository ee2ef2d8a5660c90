"""What a coordinator says an utterance really means, kept line by line as the training corpus is written.

One line is five fields parted by tabs: question, answer, sentiment, topics `a=b,c=d`, risks `a=b`; see
`speech/training/corpus.py`, whose `read` takes the file as it is.
"""

import errno
import fcntl
import os
import re
from collections.abc import Mapping
from pathlib import Path

from speech.meaning import Meaning
from speech.understanding.judging import completed

FILE = "corrections.tsv"
#: Eight digits or more with nothing but spaces, dashes, dots, plus signs or parentheses between them: telephone,
#: registration and account numbers however written. Also seven with a dash, a telephone number without its area.
_NUMBER = re.compile(r"(?:\d[\s\-‐-―−.+()]*){8}|(?<!\d)\d{3}-\d{4}(?!\d)")


def line_of(prompt: str, text: str, meaning: Meaning) -> str:
    """The correction as one line of the corpus, without its end; what the contract demands is completed."""
    meant = completed(meaning)
    risks = {kind: level.value for kind, level in meant.risks.items()}
    return "\t".join((_one_line(prompt), _one_line(text), meant.sentiment, _pairs(meant.topics), _pairs(risks)))


def holds_number(text: str) -> bool:
    """Whether something in the text could be a telephone or registration number, which no corpus may hold."""
    return _NUMBER.search(text) is not None


def append(path: Path, line: str) -> None:
    """Add one line; it is on the disk when this returns, whole or not at all. Blocks; raises OSError.

    A last line that somebody left without its end, editing the file by hand, is ended first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = f"{line}\n".encode("utf-8", "replace")
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = os.fstat(file).st_size
        if before and os.pread(file, 1, before - 1) != b"\n":
            whole = b"\n" + whole
        if os.write(file, whole) < len(whole):  # the disk is full: half a line would spoil the file
            os.ftruncate(file, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
        if not before:
            _keep_name(path.parent)
    finally:
        os.close(file)


def _keep_name(folder: Path) -> None:
    """A new file outlives a power cut only when its folder is on the disk too."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _pairs(stated: Mapping[str, str]) -> str:
    return ",".join(f"{name}={state}" for name, state in stated.items())

"""The published model is fetched over a real line: slow, broken, wrong, twice at once. Never the real address."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from speech.hearing.download import NotFetched
from speech.hearing.ears import Ears, check_model
from speech.hearing.fetching import Tries, fetch, plan, provide
from speech.hearing.heard import VoiceOff
from speech.hearing.published_model import Published, published
from tests.needs import DATA
from tests.speech.model_server import NAME, Manner, archive, contents, model_of, serving

ROOT = Path(__file__).parents[2]
#: a real model, small, and more than a few pieces long.
FILES = contents(ROOT / "tests" / "fixtures" / "vosk-ko-tiny")
WHOLE = archive(FILES)
BROKEN = WHOLE[: len(WHOLE) // 2] + bytes([WHOLE[len(WHOLE) // 2] ^ 1]) + WHOLE[len(WHOLE) // 2 + 1 :]
QUICK = httpx.Timeout(0.3)


class Patience:
    """Stands in for waiting: what was waited for, and something to do meanwhile."""

    def __init__(self, meanwhile: Callable[[int], None] = lambda turn: None) -> None:
        self.pauses: list[float] = []
        self.notices: list[str | None] = []
        self.ears = Ears(None)
        self._meanwhile = meanwhile

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.notices.append(self.ears.notice)
        self._meanwhile(len(self.pauses))
        await asyncio.sleep(0)


def unheard(there: int, total: int | None) -> None:
    """Progress nobody looks at."""


def is_whole(model: Published) -> bool:
    left = {file.name for file in model.folder.parent.iterdir()} - {NAME, model.lock.name}
    return contents(model.folder) == FILES and not left


async def test_it_comes_is_checked_and_hears(tmp_path: Path) -> None:
    with serving(WHOLE) as server:
        model, patience = model_of(FILES, tmp_path, server.url), Patience()
        await provide(patience.ears, model, patience)
        assert is_whole(model)
        assert (patience.ears.notice, patience.pauses) == (None, [])
        patience.ears.recogniser()


async def test_while_it_comes_everybody_can_see_how_far_it_is(tmp_path: Path) -> None:
    with serving(WHOLE + bytes(3_000_000), Manner(sends=2_200_000, hangs=True)) as server:
        ears = Ears(None)
        coming = asyncio.create_task(provide(ears, model_of(FILES | {"pad": bytes(9_000_000)}, tmp_path, server.url)))
        async with asyncio.timeout(10):
            while "fetched 2 of 4 MB" not in (ears.notice or ""):  # noqa: ASYNC110  # real bytes: no event to wait for
                await asyncio.sleep(0.005)
        with pytest.raises(VoiceOff) as off:
            ears.recogniser()
        assert off.value.code == "voice_loading"
        coming.cancel()
        async with asyncio.timeout(1):
            await asyncio.gather(coming, return_exceptions=True)


async def test_a_line_that_breaks_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with serving(WHOLE, Manner(sends=200_000), Manner(sends=300_000), Manner(sends=1)) as server:
        model, patience = model_of(FILES, tmp_path, server.url), Patience()
        await provide(patience.ears, model, patience)
        assert is_whole(model)
        assert patience.ears.notice is None
    first, second, third, fourth = server.asked
    assert first == 0 < second <= 200_000 < third <= 500_000
    assert fourth >= third
    assert patience.pauses[:2] == [5.0, 5.0]
    assert all("text and buttons work" in (notice or "") for notice in patience.notices)


async def test_a_line_that_stands_still_counts_as_broken(tmp_path: Path) -> None:
    with serving(WHOLE, Manner(sends=200_000, hangs=True)) as server:
        model = model_of(FILES, tmp_path, server.url)
        with pytest.raises(NotFetched, match="ReadTimeout") as fault:
            await fetch(model, unheard, patience=QUICK)
        assert fault.value.further
        server.released.set()
        await fetch(model, unheard)
        assert is_whole(model)
        assert server.asked[1] > 0


@pytest.mark.parametrize("again", [Manner(ranges=False), Manner(ranges=False, length=False)])
async def test_a_server_that_cannot_go_on_begins_anew(tmp_path: Path, again: Manner) -> None:
    with serving(WHOLE, Manner(sends=300_000), again) as server:
        model, patience = model_of(FILES, tmp_path, server.url), Patience()
        await provide(patience.ears, model, patience)
        assert is_whole(model)


async def test_what_had_come_whole_is_not_fetched_again(tmp_path: Path) -> None:
    with serving(WHOLE) as server:
        model = model_of(FILES, tmp_path, server.url)
        model.part.parent.mkdir(parents=True)
        model.part.write_bytes(WHOLE)
        await fetch(model, unheard)
        assert is_whole(model)
        assert server.asked == [len(WHOLE)]
        await fetch(model, unheard)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Manner(206, headers={"Content-Range": "bytes 7-9/10"}),
        Manner(206, headers={"Content-Range": "lots"}),
        Manner(206),
        Manner(416, headers={"Content-Range": "bytes */3"}),
    ],
)
async def test_a_server_that_goes_on_elsewhere_is_not_believed(tmp_path: Path, answer: Manner) -> None:
    with serving(WHOLE, Manner(sends=200_000), answer) as server:
        model, patience = model_of(FILES, tmp_path, server.url), Patience()
        await provide(patience.ears, model, patience)
        assert is_whole(model)
        assert server.asked[2] == 0
        assert "does not go on" in (patience.notices[1] or "")


async def test_a_wrong_one_is_thrown_away_told_and_tried_again_later_and_later(tmp_path: Path) -> None:
    wrong = Manner(body=BROKEN)
    with serving(WHOLE, wrong, wrong, Manner(sends=100_000), wrong, wrong) as server:
        model, patience = model_of(FILES, tmp_path, server.url), Patience()
        await provide(patience.ears, model, patience)
        assert is_whole(model)
    assert patience.pauses == [30.0, 60.0, 60.0, 120.0, 240.0]
    assert "is not the model and was thrown away" in (patience.notices[0] or "")
    assert server.asked == [0, 0, 0, server.asked[3], 0, 0]


@pytest.mark.parametrize(
    ("manner", "told"),
    [
        (Manner(404), "answers 404"),
        (Manner(500), "answers 500"),
        (Manner(206), "answers 206"),
        (Manner(302, headers={"Location": "/again"}), "redirect"),
        (Manner(302, headers={"Location": "gopher://elsewhere.example"}), "cannot be reached"),
        (Manner(body=WHOLE + bytes(9_000_000)), "bigger than the model"),
        (Manner(body=WHOLE + bytes(9_000_000), length=False), "bigger than the model"),
        (Manner(body=b"<html>please sign in to the hotel</html>"), "thrown away"),
        (Manner(body=b""), "thrown away"),
    ],
)
async def test_any_other_answer_is_told_and_leaves_nothing(tmp_path: Path, manner: Manner, told: str) -> None:
    with serving(WHOLE, *[manner] * 40) as server:
        model = model_of(FILES, tmp_path, server.url)
        with pytest.raises(NotFetched, match=told):
            await fetch(model, unheard)
        assert {file.name for file in model.folder.parent.iterdir()} == {model.lock.name}


async def test_without_a_network_it_is_tried_again_with_growing_pauses(tmp_path: Path) -> None:
    with serving(WHOLE) as gone:
        model = model_of(FILES, tmp_path, gone.url)
    with ExitStack() as later:

        def back_after_nine(turn: int) -> None:
            if turn == 9:
                later.enter_context(serving(WHOLE, port=gone.port))

        patience = Patience(back_after_nine)
        await provide(patience.ears, model, patience)
        assert is_whole(model)
    assert patience.pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    notice = patience.notices[0] or ""
    assert "127.0.0.1 cannot be reached" in notice
    assert "next try in 30 s" in notice
    assert str(model.folder) in notice


async def test_who_brings_it_by_hand_ends_the_waiting(tmp_path: Path) -> None:
    with serving(WHOLE, *[Manner(500)] * 9) as server:
        model = model_of(FILES, tmp_path, server.url)
        patience = Patience(lambda turn: model.folder.symlink_to(ROOT / "tests" / "fixtures" / "vosk-ko-tiny"))
        await provide(patience.ears, model, patience)
        assert (len(server.asked), patience.ears.notice) == (1, None)


async def test_a_full_disk_is_told_and_gets_its_room_back(tmp_path: Path) -> None:
    with serving(WHOLE) as server:
        model = model_of(FILES, tmp_path, server.url)
        model.part.parent.mkdir(parents=True)
        model.part.symlink_to("/dev/full")
        with pytest.raises(NotFetched, match="No space left"):
            await fetch(model, unheard)
        assert not model.part.is_symlink()
        with pytest.raises(NotFetched, match="no room for it"):
            await fetch(model, unheard, reserve=10**18)
        assert len(server.asked) == 1


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with serving(WHOLE) as server:
        model = model_of(FILES, tmp_path, server.url)
        with pytest.raises(NotFetched, match="cannot be written"):
            await fetch(model, unheard)
        assert "cannot be fetched" in plan(model)
        assert server.asked == []


async def test_two_at_once_fetch_it_once(tmp_path: Path) -> None:
    with serving(WHOLE, Manner(sends=200_000, hangs=True)) as server:
        model = model_of(FILES, tmp_path, server.url)
        one, other = Patience(), Patience(lambda turn: server.released.set())
        first = asyncio.create_task(provide(one.ears, model, one))
        await asyncio.to_thread(server.hung.wait, 10)
        await provide(other.ears, model, other)
        await first
        assert is_whole(model)
        assert (one.ears.notice, other.ears.notice) == (None, None)
    assert "another process is fetching it" in (other.notices[0] or "")
    assert server.asked == [0, server.asked[1]]


FETCHER = """
import asyncio, sys
from pathlib import Path
from speech.hearing.fetching import provide
from speech.hearing.ears import Ears
from tests.speech.model_server import model_of
from tests.speech.test_model_fetching import FILES
asyncio.run(provide(Ears(None), model_of(FILES, Path(sys.argv[1]), sys.argv[2])))
"""


async def test_a_process_that_is_killed_leaves_what_the_next_one_goes_on_with(tmp_path: Path) -> None:
    with serving(WHOLE, Manner(sends=400_000, hangs=True)) as server:
        model = model_of(FILES, tmp_path, server.url)
        killed = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FETCHER, str(tmp_path), server.url, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        assert await asyncio.to_thread(server.hung.wait, 60)
        async with asyncio.timeout(10):
            while not (model.part.exists() and model.part.stat().st_size > 300_000):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        killed.kill()
        await killed.wait()
        model.aside.mkdir()  # and one that was killed while it unpacked
        (model.aside / "am").write_text("half")
        await fetch(model, unheard)
        assert is_whole(model)
        assert server.asked[1] > 300_000


async def test_a_fault_nobody_thought_of_does_not_end_the_trying(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(WHOLE) as server:
        model = model_of(FILES, tmp_path, server.url)
        monkeypatch.setenv("HTTP_PROXY", "nonsense://127.0.0.1")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        patience = Patience(lambda turn: monkeypatch.delenv("HTTP_PROXY"))
        await provide(patience.ears, model, patience)
        assert (patience.pauses, patience.ears.notice) == ([30.0], None)


def test_a_line_that_brings_something_is_tried_again_soon() -> None:
    line, nothing = NotFetched("broken", further=True), NotFetched("no answer")
    tries, pauses = Tries(), []
    for fault in (nothing, nothing, line, line, nothing, ValueError()):
        tries = tries.after(fault)
        pauses.append(tries.pause_s)
    assert pauses == [30, 60, 5, 5, 30, 60]


def test_the_manifest_is_that_of_the_published_model(tmp_path: Path) -> None:
    model = published("https://user:password@mirror.example.kr/m.zip", tmp_path / "models" / "small")
    assert (len(model.files), model.size) == (15, 264_364_726)
    assert "password" not in plan(model)
    for file in model.files:
        assert not Path(file.path).is_absolute()
        assert ".." not in Path(file.path).parts
        assert len(bytes.fromhex(file.sha256)) == 32
        (model.folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        (model.folder / file.path).write_bytes(b"x")
    check_model(model.folder)


def test_the_manifest_is_the_one_that_was_handed_over() -> None:
    given = DATA / "vosk-model-small-ko-0.22" / "MANIFEST.tsv"
    if not given.exists():
        pytest.skip("no manifest to compare with: set ANBU_DATA")
    ours = (ROOT / "speech" / "hearing" / "published_model.tsv").read_text("utf-8")
    assert ours.splitlines()[1:] == given.read_text("utf-8").splitlines()[1:]

"""The family's week as a picture: drawn off the event loop, with a Korean font that is installed with the service."""

import io
import threading
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: matplotlib is not made for two threads at once.
_one_at_a_time = threading.Lock()
_FONT = "NanumGothic.ttf"
_GREEN, _GREY, _RED, _INK = "#2f7d5b", "#b9c0bd", "#c8674b", "#26332d"


@dataclass(frozen=True)
class Day:
    """One day: its label, the score (None: not shared, or not known), check-ins answered and asked."""

    day: date
    label: str
    score: float | None = None
    answered: int = 0
    asked: int = 0


@dataclass(frozen=True)
class Week:
    """What the picture shows, in words of the reader's language. `days` oldest first."""

    title: str
    caption: str
    score_title: str | None
    answers_title: str | None
    days: tuple[Day, ...]


def draw(week: Week) -> bytes:
    """The picture as PNG, about 1000 pixels wide. Blocking (a second at first, then about 0.2 s)."""
    with _one_at_a_time:
        return _draw(week)


def _draw(week: Week) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # loaded at first use: 40 MB that many never need
    from matplotlib.figure import Figure

    titles = [title for title in (week.score_title, week.answers_title) if title]
    figure = Figure(figsize=(8, 1.4 + 2.4 * len(titles)), dpi=125, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(week.title, fontproperties=_font(17), color=_INK)
    panels = list(figure.subplots(max(1, len(titles)), 1, squeeze=False)[:, 0])
    if week.score_title:
        _scores(panels.pop(0), week)
    if week.answers_title:
        _answers(panels.pop(0), week)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def _scores(panel: Any, week: Week) -> None:
    at = [i for i, day in enumerate(week.days) if day.score is not None]
    panel.plot(at, [week.days[i].score for i in at], color=_GREEN, marker="o", linewidth=2.5)
    for i in at:
        score = week.days[i].score
        panel.annotate(f"{score:.0f}", (i, score), (0, 9), textcoords="offset points", ha="center", color=_INK)
    panel.set_ylim(0, 112)
    panel.set_yticks([0, 50, 100])
    _frame(panel, week, week.score_title)


def _answers(panel: Any, week: Week) -> None:
    places = range(len(week.days))
    asked, answered = [day.asked for day in week.days], [day.answered for day in week.days]
    panel.bar(places, asked, color=_GREY, width=0.55)
    panel.bar(places, answered, color=_GREEN, width=0.55)
    for i, (had, all_) in enumerate(zip(answered, asked, strict=True)):
        if all_:
            panel.annotate(f"{had}/{all_}", (i, all_), (0, 4), textcoords="offset points", ha="center", color=_INK)
    panel.set_ylim(0, max(1, *asked) * 1.35)
    panel.set_yticks([])
    _frame(panel, week, week.answers_title)


def _frame(panel: Any, week: Week, title: str | None) -> None:
    panel.set_title(title, fontproperties=_font(13), loc="left", color=_INK)
    panel.set_xlim(-0.5, len(week.days) - 0.5)
    panel.set_xticks(range(len(week.days)), [day.label for day in week.days], fontproperties=_font(12), color=_INK)
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", color="#e7ebe9")
    panel.set_axisbelow(True)


def _font(size: int) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=font_file(), size=size)


@cache
def font_file() -> Path:
    """The packaged Nanum Gothic (SIL Open Font License). Found without importing its package, which needs distutils."""
    spec = find_spec("koreanize_matplotlib")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise FileNotFoundError("the package koreanize-matplotlib with the Korean font is not installed")
    return Path(folders[0]) / "fonts" / _FONT

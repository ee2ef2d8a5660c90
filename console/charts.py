"""Charts as inline SVG, made on the server: the page needs no script and no style attribute for them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup, escape

#: (class, from, to) of the four bands of the score, as in the care protocol.
ZONES = (("danger", 0, 40), ("caution", 40, 60), ("care", 60, 80), ("good", 80, 100))
_W, _H, _LEFT, _TOP, _BOTTOM = 620, 200, 34, 8, 24
_CELL, _GAP, _NAMES = 21, 2, 66
_MAX_POINTS = 240


def trend(
    points: Sequence[tuple[datetime, float]], start: datetime, end: datetime, label: str, days: Mapping[str, datetime]
) -> Markup:
    """The score over time. `points` oldest first, values 0-100; `days`: what to write below the line, where."""
    span = max((end - start).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return _LEFT + (_W - _LEFT - 8) * min(max((at - start).total_seconds() / span, 0.0), 1.0)

    parts = [_open(_W, _H, label), *_zones()]
    parts += [_text(x(at), _H - 6, name, "end" if x(at) > _W - 40 else "middle") for name, at in days.items()]
    for run in _runs(_thinned(points)):
        path = " ".join(f"{x(at):.1f},{_y(value):.1f}" for at, value in run)
        parts.append(f'<polyline class="line" points="{path}"/>')
    if points:
        at, value = points[-1]
        parts.append(f'<circle class="point" cx="{x(at):.1f}" cy="{_y(value):.1f}" r="4.5"/>')
        parts.append(_text(x(at) - 8, max(_y(value) - 10, 14), f"{value:.0f}", "end", "last"))
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - every text in it went through escape()


def heat(rows: Mapping[str, Sequence[int]], label: str, cell: str, hours: str = "{n}") -> Markup:
    """Counts by room (one row each) and hour of day (24 columns). `cell`: what one says, with {room} {hour} {n}."""
    most = max((n for row in rows.values() for n in row), default=0) or 1
    height = 20 + len(rows) * (_CELL + _GAP)
    parts = [_open(_NAMES + 24 * (_CELL + _GAP), height, label)]
    for hour in range(0, 24, 3):
        parts.append(_text(_NAMES + hour * (_CELL + _GAP) + _CELL / 2, 12, hours.format(n=hour), "middle"))
    for line, (room, row) in enumerate(rows.items()):
        top = 20 + line * (_CELL + _GAP)
        parts.append(_text(_NAMES - 8, top + _CELL / 2 + 4, room, "end"))
        parts += [_cell(hour, top, n, most, cell.format(room=room, hour=hour, n=n)) for hour, n in enumerate(row)]
    return Markup("".join(parts) + "</svg>")  # noqa: S704 - every text in it went through escape()


def _cell(hour: int, top: int, n: int, most: int, says: str) -> str:
    kind = f'class="cell" fill-opacity="{0.12 + 0.88 * (n / most) ** 0.6:.2f}"' if n else 'class="cell-none"'
    x = _NAMES + hour * (_CELL + _GAP)
    return (
        f'<rect {kind} x="{x}" y="{top}" width="{_CELL}" height="{_CELL}" rx="4"><title>{escape(says)}</title></rect>'
    )


def _open(width: float, height: float, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'


def _zones() -> list[str]:
    drawn = []
    for name, low, high in ZONES:
        top, tall = _y(high), _y(low) - _y(high)
        drawn.append(
            f'<rect class="zone-{name}" x="{_LEFT}" y="{top:.1f}" width="{_W - _LEFT - 8}" height="{tall:.1f}"/>'
            f'<line class="grid" x1="{_LEFT}" x2="{_W - 8}" y1="{_y(low):.1f}" y2="{_y(low):.1f}"/>'
        )
        drawn.append(_text(_LEFT - 6, _y(low) + 4, str(low), "end"))
    return [*drawn, _text(_LEFT - 6, _y(100) + 8, "100", "end")]


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text{marked} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _y(value: float) -> float:
    return _TOP + (_H - _TOP - _BOTTOM) * (1 - min(max(value, 0.0), 100.0) / 100)


def _runs(points: Sequence[tuple[datetime, float]]) -> list[list[tuple[datetime, float]]]:
    """Two days without a score are a gap, not a straight line."""
    runs: list[list[tuple[datetime, float]]] = []
    for point in points:
        if not runs or point[0] - runs[-1][-1][0] > timedelta(days=2):
            runs.append([])
        runs[-1].append(point)
    return runs


def _thinned(points: Sequence[tuple[datetime, float]]) -> Sequence[tuple[datetime, float]]:
    step = -(-len(points) // _MAX_POINTS) if points else 1
    return [*points[::step], points[-1]] if step > 1 else points

"""Charts: well-formed, inert, and within their box."""

from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

from console import charts
from tests.conftest import SEOUL

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)
START = NOW - timedelta(days=30)


def drawing(chart: str) -> Element:
    """The chart, parsed strictly."""
    return fromstring(chart)  # noqa: S314 - our own drawing


def test_a_trend_breaks_where_there_was_no_score_and_stays_in_its_box() -> None:
    points = [(START + timedelta(hours=h), float(h % 150 - 20)) for h in range(0, 700, 3) if not 200 < h < 300]
    tree = drawing(charts.trend(points, START, NOW, 'a "label" <b>', {"11.23": NOW}))
    lines = list(tree.iter("polyline"))
    assert len(lines) == 2
    drawn = [pair.split(",") for line in lines for pair in line.attrib["points"].split()]
    assert all(0 <= float(x) <= 620 and 0 <= float(y) <= 200 for x, y in drawn)
    assert tree.attrib["aria-label"] == 'a "label" <b>'


def test_a_trend_without_points_is_a_chart_without_a_line() -> None:
    tree = drawing(charts.trend([], START, NOW, "none", {}))
    assert list(tree.iter("polyline")) == []


def test_a_heat_map_has_a_cell_for_each_hour_that_says_its_count() -> None:
    counts = [0] * 24
    counts[7] = 12
    tree = drawing(charts.heat({"<부엌>": counts}, "heat", "{room} {hour}시 {n}회"))
    cells = list(tree.iter("rect"))
    assert len(cells) == 24
    assert cells[7].attrib["class"] == "cell"
    assert cells[8].attrib["class"] == "cell-none"
    assert cells[7].findtext("title") == "<부엌> 7시 12회"

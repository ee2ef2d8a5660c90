"""Pages out of templates: one Jinja environment, escaping always on."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.access import GROUPS, Caller
from console.ports import ConsolePorts
from console.problems import Problem
from console.say import Say, dialled, lines, plain

HERE = Path(__file__).parent

#: what the script in the page writes by itself.
_JS_WORDS = {
    **{name: f"format.{name}" for name in ("seconds", "minutes", "hours", "days", "ago")},
    "left": "queue.left",
    "left_late": "queue.left_late",
    "on": "live.on",
    "lost": "live.lost",
}


class Pages:
    """Renders templates with what every page needs beside its own facts."""

    def __init__(self, ports: ConsolePorts) -> None:
        self.ports = ports
        self.say = Say(ports.words, ports.zone)
        self.jinja = _environment(self.say)
        self._js_words = json.dumps({name: self.say.t(key) for name, key in _JS_WORDS.items()}, ensure_ascii=False)

    def page(self, template: str, caller: Caller, here: str, status: int = 200, /, **facts: Any) -> HTMLResponse:
        """A page (or a part of one) for somebody who is signed in; `here` is its entry in the navigation."""
        around = {
            "me": caller,
            "here": here,
            "nav": _navigation(caller),
            "now": self.ports.clock.now(),
            "speed": self.ports.speed,
            "js_words": self._js_words,
        }
        return self._html(template, status, around | facts)

    def bare(self, template: str, status: int = 200, /, **facts: Any) -> HTMLResponse:
        """A page for somebody who is not signed in."""
        return self._html(template, status, facts)

    def problem(self, problem: Problem) -> HTMLResponse:
        """An error, in words for a person."""
        code = problem.status if self.ports.words.has(f"console.problem.s{problem.status}") else 500
        title, detail = self.ports.words.options(f"console.problem.s{code}")
        response = self._html("problem.html", problem.status, {"title": title, "detail": detail})
        response.headers.update(problem.headers)
        return response

    def _html(self, template: str, status: int, facts: Mapping[str, Any]) -> HTMLResponse:
        return HTMLResponse(self.jinja.get_template(template).render(facts), status)


def _navigation(caller: Caller) -> list[tuple[str, list[dict[str, str]]]]:
    """The pages this caller sees, in their groups; a group without one is left out."""
    seen = ((group, [name for name in pages if caller.sees_page(name)]) for group, pages in GROUPS.items())
    return [
        (group, [{"name": name, "href": "/" if name == "queue" else f"/{name}"} for name in names])
        for group, names in seen
        if names
    ]


def _environment(say: Say) -> Environment:
    jinja = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals.update(t=say.t, t_or=say.t_or, language="ko")
    times = (say.iso, say.clock, say.day, say.stamp, say.moment, say.after, say.ago, say.left)
    jinja.globals["why"] = say.why
    for write in (*times, say.span, say.room, say.rule, say.refusal):
        jinja.filters[write.__name__] = write
    jinja.filters.update(plain=plain, lines=lines, dialled=dialled, urlencode=lambda text: quote(str(text), safe=""))
    return jinja

"""The scripts' sentences as the pages show them. Functions of a transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from checkins import scripts
from checkins.scripts import Change, Standing
from checkins.wordings import Rules, Sentence, faults
from console.access import Caller
from console.ports import ConsolePorts
from console.problems import Problem
from console.say import Say
from residents import service as people


def may_edit(caller: Caller, rules: Rules, key: str) -> bool:
    """What tells of danger or rights is changed by who answers for all; the rest by whoever acts."""
    return caller.may_act_for_all if rules.guarded(key) else caller.may_act


def listed(tx: Session, ports: ConsolePorts, say: Say, q: str, changed: bool) -> dict[str, Any]:
    """Every sentence by section, or those that a word is found in; what an update has left of changes."""
    rules, sections = scripts.rules(ports.words), defaultdict(list)
    standing = scripts.standing(tx, ports.words)
    for key, one in standing.items():
        title = label(say, one.sentence)
        heard = (said for text in one.wordings for said in (text, *rules.previews(one.sentence, text)))
        if q in " ".join((title, *heard)) and (not changed or (one.last and one.last.wordings)):
            row = {"key": key, "title": title, "one": one, "guarded": rules.guarded(key)}
            sections[one.sentence.path[0]].append(row)
    return {
        "sections": dict(sections),
        "total": len(standing),
        "touched": sum(one.changed for one in standing.values()),
        "left_over": scripts.left_over(tx, ports.words),
        "agendas": _agendas(say, ports.words.data("talk")),
        "forms": [f"{form['title']}({form['name']})" for form in ports.words.files("instruments").values()],
    }


def one(tx: Session, ports: ConsolePorts, say: Say, caller: Caller, key: str) -> dict[str, Any]:
    """One sentence: what is said, what was, what may be. Raises 404."""
    rules, standing = scripts.rules(ports.words), standing_of(tx, ports, key)
    sentence, names = standing.sentence, {who.id: who.name for who in people.coordinators(tx)}
    return {
        "key": key,
        "title": label(say, sentence),
        "section": sentence.path[0],
        "one": standing,
        "text": "\n".join(standing.wordings),
        "seen": standing.last.number if standing.last else 0,
        "guarded": rules.guarded(key),
        "may_edit": may_edit(caller, rules, key),
        "slots": [{"marker": marker, "name": name} for marker, name in _markers(sentence)],
        "must_stay": rules.must_stay(sentence),
        "history": [_shown(change, names) for change in scripts.history(tx, key)],
        "most": 1 if sentence.single else rules.most,
        **preview(ports, say, sentence, standing.wordings),
    }


def standing_of(tx: Session, ports: ConsolePorts, key: str) -> Standing:
    """A sentence as it stands. Raises 404."""
    found = scripts.standing(tx, ports.words).get(key)
    if found is None:
        raise Problem(404, "no-such-sentence", "The scripts have no such sentence.")
    return found


def preview(ports: ConsolePorts, say: Say, sentence: Sentence, wordings: Sequence[str]) -> dict[str, Any]:
    """These wordings as they would be heard, each with what stands against it, in words."""
    rules, against = scripts.rules(ports.words), defaultdict(list)
    for fault in faults(sentence, wordings, rules):
        what = f"{{{fault.what}}}" if fault.code in ("unknown", "missing") else fault.what
        against[fault.place].append(say.t(f"scripts.fault.{fault.code}", what=what))
    rows = [
        {"number": n, "said": rules.previews(sentence, text), "text": text, "faults": against[n]}
        for n, text in enumerate(wordings, 1)
    ]
    return {"rows": rows, "whole": against[0], "faulty": any(against.values())}


def label(say: Say, sentence: Sentence) -> str:
    """What a sentence is, for a person: "잠 · 여쭙는 말". A step that has no name is left out."""
    section = say.t_or(f"scripts.section.{sentence.path[0]}", sentence.path[0])
    return " · ".join(filter(None, (_step(say, step) for step in sentence.path[1:]))) or section


def _step(say: Say, step: str) -> str:
    if "." in step:
        return say.t_or(f"scripts.when.{step}", "")
    return say.t_or(f"scripts.step.{step}", say.t_or(f"understanding.risk.{step}", ""))


def _markers(sentence: Sentence) -> list[tuple[str, str]]:
    """Each place to fill in as it is written in the shipped wordings, and its name."""
    found = (part for text in sentence.shipped for part in text.split("{")[1:])
    written = dict.fromkeys(part.partition("}")[0] for part in found)
    return [(f"{{{part}}}", part.partition(":")[0]) for part in written]


def _shown(change: Change, names: Mapping[str, str]) -> dict[str, Any]:
    return {"change": change, "by": names.get(change.by, change.by)}


def _agendas(say: Say, talk: Mapping[str, Any]) -> dict[str, list[str]]:
    """Script → what it asks for, in order."""
    return {
        name: [
            say.t("scripts.every", topic=_step(say, due["topic"]), n=due["every"])
            if due.get("every", 1) > 1
            else _step(say, due["topic"])
            for due in dues
        ]
        for name, dues in talk["scripts"].items()
    }

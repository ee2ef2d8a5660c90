"""Anbu's command line: each verb opens the house (see `wiring.py`) and calls one function of a room.

Imports stand inside the verbs where they are heavy, so that a small verb starts at once.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from errors import exit_told

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Anbu (안부): asks elderly people living alone how they are, and sees to it that somebody comes.",
)
token_app = typer.Typer(no_args_is_help=True, help="API and device tokens.")
user_app = typer.Typer(no_args_is_help=True, help="Console accounts.")
export_app = typer.Typer(no_args_is_help=True, help="Records for people and programs outside.")
app.add_typer(token_app, name="token")
app.add_typer(user_app, name="user")
app.add_typer(export_app, name="export")


@app.command()
def run(roles: Annotated[str, typer.Option(help="all, or some of web,voice,ingest,clock,bot")] = "all") -> None:
    """Run the service."""
    from wiring.running import run_service

    run_service(roles)


@app.command()
def demo(
    homes: Annotated[int, typer.Option(min=1, max=200)] = 12,
    speed: Annotated[float, typer.Option(min=1, max=600)] = 60.0,
) -> None:
    """Run the service with a small living neighbourhood: everything real but the people."""
    from demo.running import run_demo

    run_demo(homes, speed)


@app.command()
def check() -> None:
    """The doctor: what works, what is missing and what to do about it."""
    from wiring.checkup import run_checkup

    raise typer.Exit(run_checkup())


@app.command("import")
def import_(file: Path) -> None:
    """Take people, devices and rosters from a town file: all or nothing. Prints codes and tokens once."""
    from residents.town import read_town
    from wiring.accounts import import_into
    from wiring.house import open_house

    town = read_town(file)
    with open_house() as house:
        _print(import_into(house, town))


@app.command()
def understand() -> None:
    """JSON Lines in, JSON Lines out: what each utterance means."""
    from settings import read_settings
    from speech.understanding.lines import run_lines
    from speech.understanding.reader import load

    settings = read_settings()
    reader = load(settings.language, settings.sentiment_model, settings.sentiment_labels)
    run_lines(sys.stdin.buffer, sys.stdout.buffer, reader.read)


@app.command()
def prompts(
    all_: Annotated[bool, typer.Option("--all", help="every sentence, one a line, after its key and a tab")] = False,
) -> None:
    """What the service says and writes to residents and their families now: how much, or every sentence of it; after
    those that somebody has changed in the control centre stands "changed"."""
    from checkins.scripts import said_now
    from wiring.house import open_house

    with open_house() as house:
        said = house.store.read(said_now, house.words)
    if not all_:
        characters, own = sum(len(one.text) for one, _ in said), sum(changed for _, changed in said)
        _print({"sentences": len(said), "characters": characters, "changed": own})
        return
    for one, changed in said:
        print(one.key, " / ".join(one.text.splitlines()), *(["changed"] if changed else []), sep="\t")


@app.command()
def transcribe(files: list[Path]) -> None:
    """Audio files to text, a JSON object each."""
    from settings import read_settings
    from speech.hearing.transcribe import transcribe as write_out
    from wiring.ears import ears_at_once

    raise typer.Exit(write_out(files, ears_at_once(read_settings(), sys.stderr), sys.stdout, sys.stderr))


@app.command()
def replay(readings: Path, town: Annotated[Path | None, typer.Option(help="who lives where")] = None) -> None:
    """What the sensor rules would have said about recorded readings, in JSON Lines."""
    from sensors.replay import run_replay

    raise typer.Exit(run_replay(readings, town))


@app.command()
def invite(id: str) -> None:
    """A new linking code for a resident, contact or coordinator; older ones stop working."""
    from residents.access import kind_of, link_code
    from wiring.house import open_house

    with open_house() as house:
        kind = house.store.read(kind_of, id)
        _print({"id": id, "code": house.store.write(link_code, kind, id, house.clock.now())})


@app.command("webhook-key")
def webhook_key() -> None:
    """What webhooks are signed with, for whoever receives them: docs/notifying.md."""
    from wiring.house import open_house
    from wiring.messaging import webhook_key as key_of

    with open_house() as house:
        _print({"key": key_of(house).hex()})


@app.command()
def migrate() -> None:
    """Bring the database up to date (every verb does it by itself)."""
    from wiring.house import open_house

    with open_house() as house:
        _print({"database": house.store.engine.dialect.name, "up_to_date": True})


@app.command()
def backup(file: Path) -> None:
    """Write everything to a file, while the service runs. Keep the secret key apart from it."""
    from store.backup import backup as write_backup
    from wiring.house import open_house

    with open_house() as house:
        _print({"file": str(file), "rows": write_backup(house.store, file, house.clock.now())})


@app.command()
def restore(file: Path) -> None:
    """Replace everything by a backup; stop the service first."""
    from store.backup import restore as take_back
    from wiring.house import open_house

    with open_house() as house:
        _print({"file": str(file), "rows": take_back(house.store, file, house.sealer)})


@app.command()
def purge() -> None:
    """Delete what is older than its retention (the service does it every night)."""
    from wiring.house import open_house
    from wiring.records import purge_all

    with open_house() as house:
        _print(purge_all(house, house.clock.now()))


@app.command()
def erase(
    id: str,
    reason: Annotated[str, typer.Option(help="withdrawn, died, moved or mistake; it goes into the audit")],
    confirm: Annotated[str, typer.Option(help="the id once more")],
) -> None:
    """Everything of one resident, for good; what is open must be closed before."""
    from errors import Usage
    from residents.people import Leaving
    from wiring.erasing import eraser
    from wiring.house import open_house

    if confirm != id:
        raise Usage("--confirm is another id: type the resident's id once more")
    if reason not in set(Leaving):
        raise Usage(f"--reason {reason}: one of {', '.join(Leaving)}")
    with open_house() as house:
        _print({"erased": id, "rows": eraser(house).erase(id, reason, "command line")})


@export_app.command("csv")
def export_csv(
    out: Annotated[Path, typer.Option()],
    reason: Annotated[str, typer.Option(help="why; it goes into the audit")],
    table: Annotated[str | None, typer.Option()] = None,
    resident: Annotated[str | None, typer.Option()] = None,
    since: Annotated[str | None, typer.Option(help="a day such as 2026-11-01")] = None,
) -> None:
    """Tables as CSV files."""
    from wiring.house import open_house
    from wiring.records import export_tables

    with open_house() as house:
        _print(export_tables(house, out, reason, table=table, resident=resident, since=since))


@export_app.command("fhir")
def export_fhir(
    out: Annotated[Path, typer.Option()],
    reason: Annotated[str, typer.Option(help="why; it goes into the audit")],
    resident: Annotated[str | None, typer.Option()] = None,
    since: Annotated[str | None, typer.Option(help="a day such as 2026-11-01")] = None,
) -> None:
    """HL7 FHIR R4, one NDJSON file per resource type."""
    from wiring.house import open_house
    from wiring.records import export_resources

    with open_house() as house:
        _print(export_resources(house, out, reason, resident=resident, since=since))


@token_app.command("create")
def token_create(
    role: Annotated[str, typer.Option(help="admin, supervisor, coordinator, viewer or device")],
    name: Annotated[str | None, typer.Option(help="whose or what for")] = None,
    device: Annotated[str | None, typer.Option(help="home/device, with --role device")] = None,
) -> None:
    """A new token, shown once."""
    from wiring.accounts import make_token
    from wiring.house import open_house

    with open_house() as house:
        _print({"token": make_token(house, role, name, device)})


@user_app.command("add")
def user_add(
    email: str,
    role: Annotated[str, typer.Option(help="admin, supervisor, coordinator, technician or viewer")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin")] = False,
    name: Annotated[str, typer.Option()] = "",
) -> None:
    """A console account, or a new password for one."""
    from wiring.accounts import add_user
    from wiring.house import open_house

    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with open_house() as house:
        _print({"id": add_user(house, email, role, password, name)})


def _print(answer: object) -> None:
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    exit_told(app)

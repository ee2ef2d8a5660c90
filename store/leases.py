"""Claiming due rows: a deadline is a row, a claim is a lease, a save is a compare-and-set."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, event, inspect, update
from sqlalchemy.orm import Mapper
from sqlmodel import Field, Session, SQLModel, col, or_, select

from store.columns import UtcDateTime

#: real time a claim lasts before another worker may take the row over (law 5: at most 30 s).
LEASE = timedelta(seconds=30)
_SLACK = timedelta(seconds=5)


class Versioned(SQLModel):
    """A row saved only if nobody else saved it meanwhile; else StaleDataError, and Store runs the work again."""

    version: int = Field(default=1, nullable=False)


@event.listens_for(Mapper, "after_mapper_constructed")
def _compare_and_set(mapper: Mapper[Any], cls: type) -> None:
    if issubclass(cls, Versioned):
        mapper.version_id_col = mapper.columns["version"]


class Leased(SQLModel):
    """A row with a next step. `due_at` is service time (None: nothing due); `held_until` is real time."""

    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_by: str | None = None


Row = TypeVar("Row", bound=Leased)
Selected = TypeVar("Selected", bound=Select[Any])
#: a time, or the parameter of a statement that is made once.
When = datetime | ColumnElement[datetime]


def claim(
    tx: Session,
    model: type[Row],
    *,
    now: datetime,
    real: datetime,
    holder: str,
    limit: int = 100,
    where: Sequence[ColumnElement[bool] | bool] = (),
    order: Sequence[Any] = (),
) -> list[Row]:
    """Rows of `model` that are due and held by nobody, now held by `holder` for 30 s of real time.

    Concurrent workers never get the same row: SKIP LOCKED on PostgreSQL, one writer at a time on SQLite.
    """
    statement = due(select(model), model, now=now, real=real, where=where).limit(limit)
    rows = list(tx.exec(statement.order_by(*(order or (col(model.due_at),)))))
    for row in rows:
        row.held_until = real + LEASE
        row.held_by = holder
    return rows


def due(statement: Selected, model: type[Leased], *, now: When, real: When, where: Sequence[Any] = ()) -> Selected:
    """The statement, narrowed to what is due and held by nobody, and locked: whoever reads rows so may hold them."""
    free = or_(col(model.held_until).is_(None), col(model.held_until) <= real)
    return statement.where(col(model.due_at) <= now, free, *where).with_for_update(skip_locked=True)


def release(row: Leased, due_at: datetime | None = None) -> None:
    """Give a claimed row back, with its next due time (None: nothing more is due)."""
    row.due_at = due_at
    row.held_until = None
    row.held_by = None


def is_versioned(model: type[SQLModel]) -> bool:
    """Whether saves of this model are compare-and-set; tests hold every leased table to it."""
    return inspect(model).version_id_col is not None


def freed(tx: Session, real: datetime) -> list[str]:
    """For the auditor: leases of any room that would last longer than a lease can (the computer's clock was set back,
    for one) end now. Their rows, as "table/id"."""
    found: list[str] = []
    there = set(inspect(tx.connection()).get_table_names())
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in there or not {*Leased.model_fields, "version"} <= set(table.columns.keys()):
            continue
        columns = table.columns
        statement = (
            update(table)
            .where(columns["held_by"].is_not(None), columns["held_until"] > real + LEASE + _SLACK)
            .values(held_until=None, held_by=None, version=columns["version"] + 1)
            .returning(*table.primary_key.columns)
        )
        rows = tx.connection().execute(statement).all()
        found += [f"{table.name}/{'/'.join(map(str, row))}" for row in rows]
    return found

"""Alembic's entry: runs on the connection that store.migrate holds, or compares the models for a new revision."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel

from store.rooms import open_rooms

open_rooms()


def render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our column types by their own names, plain strings as such."""
    if kind != "type":
        return False
    module = type(item).__module__
    if module == "store.columns":
        autogen.imports.add("from store import columns")
        return f"columns.{type(item).__name__}()"
    return "sa.String()" if module.startswith("sqlmodel") else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=render,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

"""Brings a log of any earlier version up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event

HERE = Path(__file__).parent


def migrate(path: Path) -> None:
    """Create the tables, or change them to what this version expects: all of it or nothing. Data is kept."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    engine = create_engine(f"sqlite:///{path}")
    _make_ddl_transactional(engine)
    with engine.connect() as connection:
        if ScriptDirectory.from_config(config).get_current_head() != _revision(connection):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    engine.dispose()


def _revision(connection: Connection) -> str | None:
    with connection.begin():
        return MigrationContext.configure(connection).get_current_revision()


def _make_ddl_transactional(engine: Engine) -> None:
    """sqlite3 begins no transaction before DDL, so a crash in a migration would leave half of it."""

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

"""A PostgreSQL of the tests' own, on loopback, for as long as they run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

INSTALLED = Path("/usr/lib/postgresql")  # where Debian keeps the server's programs, by version
ACCOUNT = "postgres"  # the server refuses to run as root


class Postgres:
    """A running server; every database on it is used by one test."""

    def __init__(self, address: str) -> None:
        self._address = address

    def new_database(self) -> str:
        """The DATABASE_URL of an empty database."""
        name = f"bot_{uuid.uuid4().hex}"
        with psycopg.connect(f"postgresql://{self._address}/postgres", autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql+psycopg://{self._address}/{name}"


def programs() -> Path | None:
    """Where PostgreSQL's programs are on this machine; None when it is not installed."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    versions = sorted(INSTALLED.glob("*/bin/pg_ctl"), key=lambda file: int(file.parts[-3]))
    return versions[-1].parent if versions else None


@contextmanager
def serving(folder: Path) -> Iterator[Postgres]:
    """Run a server from these programs; it keeps nothing and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bot-postgres-") as home:
        if os.geteuid() == 0:
            shutil.chown(home, ACCOUNT)
        data, port = Path(home) / "data", free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {home}"
        run(folder / "initdb", "-D", str(data), "-U", "bot", "-A", "trust", "--no-sync")
        run(folder / "pg_ctl", "-D", str(data), "-w", "-l", f"{home}/log", "-o", options, "start")
        try:
            yield Postgres(f"bot@127.0.0.1:{port}")
        finally:
            run(folder / "pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")


def run(program: Path, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, never as root."""
    account = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else None
    subprocess.run(
        [program, *arguments],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])

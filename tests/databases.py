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
    """A server in a folder of its own; every database on it is used by one test."""

    def __init__(self, programs: Path, home: Path) -> None:
        self._home, self._port = home, free_port()
        self._address = f"bot@127.0.0.1:{self._port}"
        self._control = programs / "pg_ctl"
        run(programs / "initdb", "-D", str(home / "data"), "-U", "bot", "-A", "trust", "--no-sync")

    def start(self) -> None:
        """Let it run, and wait until it takes connections."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._home}"
        self._run("-l", f"{self._home}/log", "-o", options, "start")

    def stop(self) -> None:
        """End it at once; whoever is connected is cut off. What was committed is kept."""
        self._run("-m", "immediate", "stop")

    def restart(self) -> None:
        """Cut everyone off, and be there again."""
        self.stop()
        self.start()

    def _run(self, *arguments: str) -> None:
        run(self._control, "-D", str(self._home / "data"), "-w", *arguments)

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
        server = Postgres(folder, Path(home))
        server.start()
        try:
            yield server
        finally:
            server.stop()


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

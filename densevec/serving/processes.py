"""One process or several that serve a file, which is mapped into memory once for all of them."""

from __future__ import annotations

import os
from typing import Any

from densevec.serving.app import make_app, require
from densevec.vectors import KeyedVectors

_FILE, _HOSTS = "DENSEVEC_SERVED_FILE", "DENSEVEC_SERVED_HOSTS"  # how a process is told, which nothing is passed to
_AT_ONCE = 64  # requests of a process; more are answered 503
_IDLE = 5  # seconds after which a connection without requests is closed


def serve(path: str, host: str = "127.0.0.1", port: int = 8000, processes: int = 1, name: str | None = None) -> None:
    """Answer over HTTP until interrupted.

    Parameters
    ----------
    path : a densevec file, whose numbers all processes share
    host, port : where to listen; the loopback address is reached from this machine only
    processes : how many
    name : by which others ask for this machine, beside ``host``; "*" for any

    Raises
    ------
    MissingPackageError
        If FastAPI or uvicorn is not installed.
    """
    uvicorn = require("uvicorn")
    hosts = [] if host in ("0.0.0.0", "::") else [host]
    os.environ[_FILE], os.environ[_HOSTS] = path, ",".join([*hosts, *([] if name is None else [name])])
    uvicorn.run(
        "densevec.serving:app_of_environment",
        factory=True,
        host=host,
        port=port,
        workers=processes,
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=_IDLE,
        server_header=False,
        log_level="warning",
    )


def app_of_environment() -> Any:
    """The application of the file that ``serve`` names; each process makes its own."""
    hosts = [host for host in os.environ[_HOSTS].split(",") if host]
    vectors = KeyedVectors.load(os.environ[_FILE])
    vectors.graph_index  # noqa: B018  (opened now, where there is one, rather than by the first who asks)
    return make_app(vectors, hosts)

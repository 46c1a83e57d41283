"""One process or several that serve a file, which is mapped into memory once for all of them."""

from __future__ import annotations

import os
import socket
from typing import Any

from densevec._packages import import_package
from densevec._validation import HostName, Instance, Interval, Rule, check_parameter
from densevec.errors import ParameterError
from densevec.serving.app import make_app
from densevec.vectors import KeyedVectors

# Of what ``serve`` is told
RULES: dict[str, Rule] = {
    "port": Interval(int, 1, 2**16 - 1),
    "processes": Interval(int, 1),
    "name": HostName(optional=True),
}
_FILE, _HOSTS = "DENSEVEC_SERVED_FILE", "DENSEVEC_SERVED_HOSTS"  # how a process is told, which nothing is passed to
_CONNECTIONS = 512  # of a process, open at once; fewer than the files that systems let a process open
_IDLE = 5  # seconds after which a connection that has been answered is closed


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
    ParameterError
        If nobody can listen there: the port is taken or none that there is, or the host is none of this machine's; or
        if the name has a port or the like, so that nothing could be asked by it.
    """
    uvicorn = import_package("uvicorn", "serving", "serve")
    check_parameter("processes", processes, RULES["processes"])
    check_parameter("name", name, RULES["name"])
    check_address(host, port)
    hosts = [] if host in ("0.0.0.0", "::") else [host]
    os.environ[_FILE], os.environ[_HOSTS] = path, ",".join([*hosts, *([] if name is None else [name])])
    uvicorn.run(
        "densevec.serving:app_of_environment",
        factory=True,
        host=host,
        port=port,
        workers=processes,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE,
        server_header=False,
        log_level="warning",
    )


def check_address(host: str, port: int) -> None:
    """ParameterError that says why nobody can listen at a host's port."""
    check_parameter("host", host, Instance((str,), "a name or address of this machine"))
    check_parameter("port", port, RULES["port"])
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except (OSError, ValueError) as error:  # ValueError of names that cannot be asked for
        reason = error.strerror if isinstance(error, OSError) else "no host has such a name"
        raise ParameterError(
            f"host and port must be an address of this machine that is free, got {host!r:.80} and {port} "
            f"({reason}); choose another --port, or --host"
        ) from None


def app_of_environment() -> Any:
    """The application of the file that ``serve`` names; each process makes its own."""
    hosts = [host for host in os.environ[_HOSTS].split(",") if host]
    vectors = KeyedVectors.load(os.environ[_FILE])
    vectors.graph_index  # noqa: B018  (opened now, where there is one, rather than by the first who asks)
    return make_app(vectors, hosts)

"""Starting and ending the service: a port on the loopback address, a token, a clean end."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from siting.errors import ArgumentError, InputError, needing
from siting.notice import Notice
from siting.system.scratch import scratch
from siting.texts.words import Lang

ADDRESS = "127.0.0.1"
LEAST_TOKEN = 16
CLOSE_SECONDS = 10.0


def serve(
    paths: Sequence[Path],
    *,
    port: int = 0,
    opens: bool = True,
    read_only: bool = False,
    jobs: int = 1,
    data: Path | None = None,
    basemap: str | None = None,
    lang: Lang = "zh",
) -> int:
    """Serve until Ctrl-C or SIGTERM; then running jobs are asked to end with their best plans.

    Args:
        paths: scenario files, result folders, or folders that hold any.
        port: 0 = any that is free.
        opens: whether to open the browser.
        jobs: solves at once.
        data: where uploads and jobs are kept; None = a temporary folder.
        basemap: an address of tiles or a PMTiles file beneath the map; None = nothing, and nobody
            outside this computer is asked.

    Raises:
        ArgumentError: an impossible value, or the ``web`` extra is missing.
        InputError: a path that is not there, a port that is taken.
    """
    if not 1 <= jobs <= 64:
        raise ArgumentError(Notice("service.jobs", jobs=jobs))
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise InputError(Notice("service.not_there", path=missing[0]))
    token = os.environ.get("SITING_TOKEN") or secrets.token_urlsafe(32)
    if (
        len(token) < LEAST_TOKEN
        or not token.isascii()
        or not token.isprintable()
        or set(token) & set(' ";,\\')
    ):
        raise ArgumentError(Notice("service.token", least=LEAST_TOKEN))
    with needing("siting serve", "web"):
        import uvicorn

        from siting.service.app import Service, make_app
        from siting.service.basemap import Basemap
        from siting.service.desks import Desks
        from siting.service.jobs import Jobs
        from siting.service.shelf import Shelf
    beneath = None if basemap is None else Basemap.of(basemap)
    listening = _listen(port)
    port = listening.getsockname()[1]
    with scratch() as fresh, _ended_politely():
        place = (data or fresh).resolve()
        queue = Jobs(place / "jobs", jobs)
        service = Service(Shelf(tuple(paths), place), Desks(), queue, lang, read_only, beneath)
        app = make_app(service, port, token)
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
            lifespan="off",
        )
        address = f"http://{ADDRESS}:{port}/?token={token}"

        async def answer() -> None:
            # Told within the loop: asked to end from here on, it ends without a word of asyncio's.
            print(address, flush=True)
            if opens:
                webbrowser.open(address)
            await uvicorn.Server(config).serve(sockets=[listening])

        try:
            asyncio.run(answer())
        except KeyboardInterrupt:
            pass
        finally:
            queue.close(CLOSE_SECONDS)
            listening.close()
    return 0


@contextmanager
def _ended_politely() -> Iterator[None]:
    """uvicorn stops at SIGTERM and then raises it again, which would end this process before jobs
    have been told and files removed: it is a Ctrl-C here."""
    here = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if here else None
    try:
        yield
    finally:
        if here:
            signal.signal(signal.SIGTERM, before)


def _listen(port: int) -> socket.socket:
    if not 0 <= port < 2**16:
        raise ArgumentError(Notice("service.port", port=port))
    # The protocol by its number: asyncio sends small answers at once (TCP_NODELAY) only on sockets
    # that name it, and 40 ms later on others.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((ADDRESS, port))
        made.listen(128)
    except OSError as error:
        made.close()
        why = error.strerror or str(error)
        raise InputError(Notice("service.port_taken", port=port, why=why)) from None
    return made

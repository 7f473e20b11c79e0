"""A real wire server on this machine, and a proxy in front of it that loses, delays and listens."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.sync.preloaded import Preloaded, is_alive, kill

# What to do with a message of the client: "" passes it on.
Judge = Callable[[bytes], str]


class Proxy:
    """Passes whole messages between clients and a server on the loopback, and keeps every byte that went by.

    `judge` sees each message of a client: `lost` drops it and the connection, `reply` lets the server have it and drops
    the answer, `late` drops it now and sends it when `deliver` is called.
    """

    def __init__(self, port: int) -> None:
        self.server = ("127.0.0.1", port)
        self.judge: Judge = lambda message: ""
        self.captured = bytearray()
        self.late: list[bytes] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self.server, timeout=5)
                except OSError:
                    client.close()
                    continue
                server.settimeout(None)
                self._open |= {client, server}
                answers = Answers()
                for work in (self._ask, self._answer):
                    threading.Thread(target=work, args=(client, server, answers), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, answers: Answers) -> None:
        with contextlib.suppress(OSError, ValueError):
            while message := read_message(client):
                self.captured += message
                verdict = self.judge(message)
                if verdict == "late":
                    self.late.append(message)
                if verdict in ("lost", "late"):
                    break
                answers.drop = verdict == "reply"
                server.sendall(message)
        self._close(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, answers: Answers) -> None:
        with contextlib.suppress(OSError, ValueError):
            while message := read_message(server):
                self.captured += message
                if answers.drop:
                    break
                client.sendall(message)
        self._close(client, server)

    def _close(self, *sockets: socket.socket) -> None:
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._open.discard(one)

    def deliver(self) -> None:
        """What was delayed arrives now."""
        late, self.late = self.late, []
        for message in late:
            with socket.create_connection(self.server, timeout=5) as server:
                server.sendall(message)
                read_message(server)

    def close(self) -> None:
        self._listener.close()
        self._close(*self._open)


class Answers:
    """Whether the next answer on a connection is dropped."""

    drop = False


def read_message(source: socket.socket) -> bytes:
    """One message of the wire protocol: its length stands in front."""
    head = read_exactly(source, 4)
    return head + read_exactly(source, int.from_bytes(head, "little") - 4) if head else b""


def read_exactly(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = source.recv(count - len(data))
        if not part:
            return b""
        data += part
    return data


def is_append(message: bytes) -> bool:
    """Whether a message adds to the log."""
    return b"\x02insert\x00" in message and b"\x02insert\x00\x05\x00\x00\x00_log\x00" in message


def away(message: bytes) -> str:
    """Judges as a server that greets and then answers nothing, so that nobody waits for it for long."""
    return "" if b"hello" in message or b"ismaster" in message.lower() else "lost"


_SERVE = "from secantus.cli import main; main()"


class ServerProcess:
    """The server in a process of its own, which may be killed at any moment and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.told = folder.with_name("server.log")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.pid = 0
        self._loaded = Preloaded("secantus.cli")

    def start(self) -> None:
        words = ["--host", "127.0.0.1", "--port", str(self.port)]
        words += ["--storage-path", str(self.folder), "--log-level", "ERROR", *self.options]
        self.pid = self._loaded.start(_SERVE, words, self.told)
        for _ in range(4000):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            if not is_alive(self.pid):
                # It may have been killed while it was founding its files.
                self.pid = self._loaded.start(_SERVE, words, self.told)
            time.sleep(0.005)
        raise AssertionError(f"the server did not start: {self.told.read_text()[-2000:]}")

    def kill(self) -> None:
        if self.pid:
            kill(self.pid)
            self.pid = 0

    def close(self) -> None:
        self.kill()
        self._loaded.close()


@contextlib.contextmanager
def server_process(folder: Path, *options: str) -> Iterator[ServerProcess]:
    process = ServerProcess(folder, *options)
    try:
        process.start()
        yield process
    finally:
        process.close()

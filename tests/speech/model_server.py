"""A real HTTP server with a model's archive, which can also break off, ignore ranges, answer with faults or hang."""

import hashlib
import io
import threading
import zipfile
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from speech.hearing.published_model import ModelFile, Published

NAME = "vosk-model-made-up"


@dataclass(frozen=True)
class Manner:
    """How one request is answered. sends: bytes until the line breaks, or until it hangs where `hangs`."""

    status: int = 200
    body: bytes | None = None
    ranges: bool = True
    length: bool = True
    sends: int | None = None
    hangs: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ModelServer:
    """manners: of the next requests, one each; afterwards all is well. asked: where each request began."""

    body: bytes
    port: int = 0
    manners: deque[Manner] = field(default_factory=deque)
    asked: list[int] = field(default_factory=list)
    hung: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{NAME}.zip"


@contextmanager
def serving(body: bytes, *manners: Manner, port: int = 0) -> Iterator[ModelServer]:
    """The server, on a free port unless one is given."""
    server = ModelServer(body, manners=deque(manners))
    http = ThreadingHTTPServer(("127.0.0.1", port), _handler(server))
    http.daemon_threads = False
    server.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        thread.join()
        http.server_close()


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            manner = server.manners.popleft() if server.manners else Manner()
            body = server.body if manner.body is None else manner.body
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            server.asked.append(start)
            if not manner.ranges or manner.status != 200:
                start = 0
            self.send_response(_status(manner, start, body))
            if manner.length:
                self.send_header("Content-Length", str(len(body[start:])))
            if start and start >= len(body):
                self.send_header("Content-Range", f"bytes */{len(body)}")
            elif start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            for name, value in manner.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[start:][: manner.sends])
            if manner.hangs:
                self.wfile.flush()
                server.hung.set()
                server.released.wait(30)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _status(manner: Manner, start: int, body: bytes) -> int:
    if manner.status != 200 or not start:
        return manner.status
    return 416 if start >= len(body) else 206


def archive(files: Mapping[str, bytes], name: str = NAME) -> bytes:
    """These files zipped below a folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, content in files.items():
            zipped.writestr(f"{name}/{path}" if name else path, content)
    return out.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    """A folder's files by path."""
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def model_of(files: Mapping[str, bytes], var: Path, url: str) -> Published:
    """What a manifest of these files says."""
    known = tuple(ModelFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items())
    return Published(url, var / "models" / NAME, known)

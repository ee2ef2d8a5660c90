"""The `/speaker` page: a tablet as a speaker. Its words come from `prompts/`, its files from `speech/speaker/page/`."""

import hashlib
import json
from pathlib import Path

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prompts import Words

_FOLDER = Path(__file__).parent / "page"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page_router(words: Words) -> APIRouter:
    """`GET /speaker` and what it loads, below `/speaker/`. Nothing personal: the token comes from the tablet."""
    router = APIRouter(include_in_schema=False)
    files = {f.name: f.read_bytes() for f in _FOLDER.iterdir() if f.suffix in _TYPES}
    page = _page(words).encode()
    manifest = _manifest(words).encode()

    @router.get("/speaker")
    async def speaker(request: Request) -> Response:
        return _served(request, page, "text/html; charset=utf-8", _SECURITY)

    @router.get("/speaker/manifest.webmanifest")
    async def web_manifest(request: Request) -> Response:
        return _served(request, manifest, "application/manifest+json", {})

    @router.get("/speaker/{name}")
    async def file(name: str, request: Request) -> Response:
        if name not in files:
            return Response(status_code=404)
        worker = {"Service-Worker-Allowed": "/speaker"} if name == "worker.js" else {}
        return _served(request, files[name], _TYPES[Path(name).suffix], worker)

    return router


def _served(request: Request, content: bytes, kind: str, headers: dict[str, str]) -> Response:
    """The content, or 304 where the tablet has it: an update reaches every tablet at its next load."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {**headers, "ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _page(words: Words) -> str:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    said = words.data("speech.page") | {"voice_off": words.text("speech.errors.voice_off")}
    return environment.get_template("speaker.html").render(words=said)


def _manifest(words: Words) -> str:
    return json.dumps(
        {
            "name": words.text("speech.page.long_title"),
            "short_name": words.text("speech.page.title"),
            "description": words.text("speech.page.description"),
            "lang": "ko",
            "id": "/speaker",
            "start_url": "/speaker",
            "scope": "/speaker",
            "display": "fullscreen",
            "background_color": "#faf6ef",
            "theme_color": "#faf6ef",
            "icons": [
                {"src": "/speaker/icon-192.png", "sizes": "192x192", "type": "image/png"},
                {"src": "/speaker/icon-512.png", "sizes": "512x512", "type": "image/png"},
                {"src": "/speaker/icon-whole.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
                {"src": "/speaker/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            ],
        },
        ensure_ascii=False,
    )

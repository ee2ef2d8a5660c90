"""What watches the service from outside: alive, ready, figures. Open, because nothing personal is in it."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from console.gate import Ports

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "not ready"}})
async def readyz(ports: Ports) -> JSONResponse:
    """Whether every needed part works, and which others are degraded."""
    state = dict(await ports.readiness())
    return JSONResponse(state, 200 if state.get("ready") else 503)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics() -> Response:
    """Counters and gauges for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

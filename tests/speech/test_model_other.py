"""A city may bring a transformers speech model instead of Vosk's; here tiny ones that have learned two whistles."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models

from speech.hearing.decode import BYTES_PER_SECOND
from speech.hearing.ears import Ears
from speech.hearing.heard import BadModel, Word
from speech.hearing.listening import Listener
from speech.hearing.other_ears import Whole, fits, load
from speech.hearing.tokens import Token, pieces_of, words_of
from speech.hearing.transcribe import hear
from speech.hearing.vad import CHUNK_BYTES, Endings
from tests.needs import need, torch_found
from tests.speech.house import WORDS

#: what is said by whistling, each letter at a pitch of its own.
LOW, HIGH = "네 좋아요", "살려줘"
LETTERS = [*dict.fromkeys(LOW + HIGH)]
PIECES = ["<pad>", "<s>", "</s>", "<unk>", "네", " 좋", "아요", "살려", "줘"]
WRITTEN = {LOW: [1, 4, 5, 6, 2], HIGH: [1, 7, 8, 2]}
#: how much likelier than the others the models hold what they were made to hold.
SURE = 5.0

#: PyTorch warns about parts of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def whistle(said: str, seconds: float = 1.0) -> bytes:
    """PCM16, 16 kHz."""
    each = np.arange(int(seconds * 16_000 / len(said))) / 16_000
    return b"".join(
        (9000 * np.sin(2 * np.pi * (300 + 350 * LETTERS.index(letter)) * each)).astype("<i2").tobytes()
        for letter in said
    )


def samples(pcm: bytes) -> Any:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768


def fitted(states: Any, answers: Any, classes: int) -> Any:
    """The last layer that gives these answers for these states: the rest of a model may be as chance made it."""
    import torch

    return torch.linalg.lstsq(states, SURE * torch.nn.functional.one_hot(answers, classes).float()).solution.T


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Whisper of a few thousand weights."""
    need("torch", torch_found())
    import torch
    import transformers as hf

    folder = tmp_path_factory.mktemp("whisper")
    inner = Tokenizer(models.WordLevel({piece: number for number, piece in enumerate(PIECES)}, unk_token="<unk>"))
    inner.decoder = decoders.Fuse()
    inner.add_special_tokens([AddedToken(piece, special=True) for piece in PIECES[:4]])
    names = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    hf.PreTrainedTokenizerFast(tokenizer_object=inner, **names).save_pretrained(folder)
    extract = hf.WhisperFeatureExtractor(feature_size=16)
    extract.save_pretrained(folder)
    sizes: dict[str, Any] = {
        **dict.fromkeys(("encoder_layers", "decoder_layers"), 1),
        **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 2),
        **dict.fromkeys(("d_model", "encoder_ffn_dim", "decoder_ffn_dim"), 32),
        **{"vocab_size": len(PIECES), "num_mel_bins": 16, "max_target_positions": 240},
        **{"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1},
    }
    config = hf.WhisperConfig(**sizes)
    config.init_std, config.tie_word_embeddings = 0.3, False
    torch.manual_seed(1)
    model = hf.WhisperForConditionalGeneration(config).eval()
    with torch.inference_mode():
        states = []
        for said, ids in WRITTEN.items():
            given = extract(samples(whistle(said)), sampling_rate=16_000, return_tensors="pt").input_features
            before = torch.tensor([ids[:-1]])
            states.append(model.model(input_features=given, decoder_input_ids=before).last_hidden_state[0])
        after = torch.tensor([number for ids in WRITTEN.values() for number in ids[1:]])
        model.proj_out.weight.data = fitted(torch.cat(states), after, len(PIECES))
    model.generation_config.suppress_tokens = model.generation_config.begin_suppress_tokens = None
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def wav2vec2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wav2vec2 of a few thousand weights."""
    need("torch", torch_found())
    import torch
    import transformers as hf

    folder = tmp_path_factory.mktemp("wav2vec2")
    letters = ["<pad>", "<s>", "</s>", "<unk>", *LETTERS]
    written = {letter.replace(" ", "|"): number for number, letter in enumerate(letters)}
    (folder / "letters.json").write_text(json.dumps(written))
    hf.Wav2Vec2CTCTokenizer(str(folder / "letters.json")).save_pretrained(folder)
    extract = hf.Wav2Vec2FeatureExtractor(return_attention_mask=True, do_normalize=False)
    extract.save_pretrained(folder)
    torch.manual_seed(1)
    config = hf.Wav2Vec2Config(
        vocab_size=len(letters),
        hidden_size=96,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(96, 96, 96),
        conv_stride=(5, 8, 8),
        conv_kernel=(40, 8, 8),
        feat_extract_norm="layer",
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
    )
    model = hf.Wav2Vec2ForCTC(config).eval()
    with torch.inference_mode():
        states, answers = [], []
        for said in WRITTEN:
            given = extract(samples(whistle(said) + bytes(16_000)), sampling_rate=16_000, return_tensors="pt")
            found = model.wav2vec2(**given).last_hidden_state[0]
            at = torch.arange(len(found)) / len(found) * 1.5 * len(said)
            inside = ((at % 1 - 0.5).abs() < 0.3) & (at < len(said))  # between two letters, and at the end: none
            numbers = torch.tensor([letters.index((said * 2)[int(each)]) for each in at])
            states.append(found)
            answers.append(torch.where(inside, numbers, 0))
        model.lm_head.bias.data.zero_()
        model.lm_head.weight.data = fitted(torch.cat(states), torch.cat(answers), len(letters))
    model.save_pretrained(folder)
    return folder


@pytest.fixture(params=["whisper", "wav2vec2"])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def ears(folder: Path) -> Ears:
    made = Ears(folder)
    made.load_now()
    assert made.notice is None
    return made


@pytest.mark.parametrize("said", [LOW, HIGH])
def test_a_folder_with_a_speech_model_hears(ears: Ears, said: str) -> None:
    heard = hear(whistle(said), ears)
    assert heard.text == said
    assert 0.5 < heard.confidence <= 1
    assert [word.word for word in heard.words] == said.split()
    times = [at for word in heard.words for at in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= 1


def test_what_is_no_speech_gives_no_word(ears: Ears) -> None:
    assert hear(b"", ears).text == ""
    assert hear(bytes(2 * BYTES_PER_SECOND), ears) == hear(b"", ears)
    assert hear(whistle(HIGH, 0.05), ears).confidence == 0


def test_many_hear_at_once_from_one_model(ears: Ears) -> None:
    said = [LOW, HIGH, HIGH, LOW] * 2
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda each: hear(whistle(each), ears).text, said)) == said


class Loud:
    """Voice activity that takes whistles for speech."""

    def __call__(self, audio: bytes, /) -> float:
        return float(any(audio))

    def each(self, audio: bytes, /) -> list[float]:
        return [self(audio[start : start + CHUNK_BYTES]) for start in range(0, len(audio), CHUNK_BYTES)]


def test_a_talk_is_listened_to_with_it(ears: Ears) -> None:
    listener = Listener(ears.recogniser, 16_000, Endings.of(WORDS.data("speech.endings")), voice=Loud)
    found = listener.feed(whistle(HIGH) + bytes(3 * BYTES_PER_SECOND))
    assert [each.text for each in found] == [HIGH]


async def test_the_ears_take_it_in_the_background(folder: Path) -> None:
    made = Ears(folder)
    await made.load()
    assert made.notice is None
    assert (await asyncio.to_thread(hear, whistle(HIGH), made)).text == HIGH


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("{}", "cannot be read"),
        ("not json", "cannot be read"),
        ('{"model_type": "bert"}', "cannot be read"),
        ('{"model_type": "nobody-knows"}', "cannot be read"),
    ],
)
def test_a_broken_folder_is_told_by_its_name(tmp_path: Path, config: str, told: str) -> None:
    need("torch", torch_found())
    (tmp_path / "config.json").write_text(config)
    assert fits(tmp_path)
    with pytest.raises(BadModel, match=told):
        load(tmp_path)
    ears = Ears(tmp_path)
    ears.load_now()
    assert str(tmp_path) in (ears.notice or "")


def test_a_model_of_another_kind_is_refused(whisper: Path, tmp_path: Path) -> None:
    for file in whisper.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BadModel, match="is no speech model of a kind known here"):
        load(tmp_path)
    (tmp_path / "config.json").write_bytes((whisper / "config.json").read_bytes())
    told = json.loads((whisper / "preprocessor_config.json").read_text("utf-8")) | {"sampling_rate": 8000}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(told))
    with pytest.raises(BadModel, match="8000 Hz"):
        load(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(BadModel, match="cannot be read"):
        load(tmp_path)


def test_a_long_recording_is_heard_piece_by_piece_and_cut_where_it_is_quiet() -> None:
    taken: list[NDArray[np.float32]] = []

    def listen(piece: NDArray[np.float32]) -> list[Word]:
        taken.append(piece)
        return [Word("네", 1.0, 2.0, 0.9)]

    loud, quiet = np.full(27 * 16_000, 3000, "<i2"), np.full(3200, 3, "<i2")
    whole = np.concatenate([loud, quiet] * 3)
    recogniser = Whole(listen)
    for begin in range(0, len(whole), 7000):
        so_far = recogniser.accept(whole[begin : begin + 7000].tobytes())
    assert so_far == "네 네"
    assert [word.start for word in recogniser.finish().words] == [1.0, 28.05, 55.3]
    assert [round(len(piece) / 16_000, 2) for piece in taken] == [27.05, 27.25, 27.3]
    assert (np.concatenate(taken) * 32768 == whole).all()


def test_a_word_is_as_sure_as_its_tokens() -> None:
    said = [
        Token(" 네", 1.0, 0.0, 0.1),
        Token(" 좋", 0.5, 0.1, 0.2),
        Token("", 0.9, 0.2, 0.3),
        Token("아요 ", 0.7, 0.3, 0.4),
    ]
    words = words_of([*said, Token(" ", 0.1, 0.4, 0.5), Token("밥 약", 0.8, 0.5, 0.6)])
    assert [(w.word, w.confidence, w.start, w.end) for w in words] == [
        ("네", 1.0, 0.0, 0.1),
        ("좋아요", 0.7, 0.1, 0.4),
        ("밥", 0.8, 0.5, 0.6),
        ("약", 0.8, 0.5, 0.6),
    ]
    assert words_of([]) == []
    assert words_of([Token("", 1.0, 0.0, 0.1), Token(" ", 1.0, 0.1, 0.2)]) == []


def test_letters_in_several_tokens_are_counted_once() -> None:
    prefixes = ["", " 밥", " 밥 \ufffd", " 밥 \ufffd\ufffd", " 밥 먹", " 밥 먹어", " 밥 먹어\ufffd"]
    assert pieces_of(prefixes) == [" 밥", " ", "", "먹", "어", ""]

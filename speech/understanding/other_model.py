"""Any transformers text-classification model, from a local folder or a model hub, for sentiment instead of our own.

Needs the `torch` extra. Topics and risks stay with our own model: others know neither.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from speech.meaning import Sentiment

#: What the labels of published models usually mean, by the words in them; a setting overrules it.
_USUAL = {"neg": Sentiment.NEGATIVE, "neu": Sentiment.NEUTRAL, "pos": Sentiment.POSITIVE}
#: Longer texts are cut here, in word pieces: most published models read no further.
_LONGEST = 256

Feel = Callable[[str], Sentiment]


class BadModel(ValueError):
    """The model cannot be used; the message says why and what to do."""


def load(name: str, labels: Mapping[str, Sentiment]) -> Feel:
    """A function from a text to its sentiment. `labels`: what each of the model's labels means. Raises BadModel."""
    try:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as fault:
        raise BadModel(f"ANBU_SENTIMENT_MODEL needs PyTorch ({fault}): pip install torch") from fault
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForSequenceClassification.from_pretrained(name).eval()
    except Exception as fault:
        where = "folder" if Path(name).exists() else "hub name"
        raise BadModel(f"ANBU_SENTIMENT_MODEL: no text-classification model at the {where} {name}: {fault}") from fault
    meanings = meanings_of(model.config.id2label, labels)
    longest = min(_LONGEST, tokenizer.model_max_length)

    def feel(text: str) -> Sentiment:
        clean = text.encode("utf-8", "replace").decode("utf-8")
        pieces: Any = tokenizer(clean, truncation=True, max_length=longest, return_tensors="pt")
        with torch.inference_mode():
            best = int(model(**pieces).logits[0].argmax())
        return meanings[best]

    return feel


def meanings_of(names: Mapping[int, str], labels: Mapping[str, Sentiment]) -> dict[int, Sentiment]:
    """What each number of a model's output means: as configured, else by its name. Raises BadModel."""
    found = {}
    if unknown := set(labels) - set(names.values()):
        raise BadModel(f"ANBU_SENTIMENT_LABELS: the model has no {', '.join(sorted(unknown))}")
    for number, name in names.items():
        usual = [meaning for part, meaning in _USUAL.items() if part in name.lower()]
        meaning = labels.get(name) or (usual[0] if usual else None)
        if meaning is None:
            raise BadModel(
                f"ANBU_SENTIMENT_LABELS does not say what {name} means; the labels are {', '.join(names.values())}"
            )
        found[int(number)] = meaning
    return found


def labels_of(setting: str) -> dict[str, Sentiment]:
    """`LABEL_0=negative,LABEL_1=positive` as a mapping. Raises BadModel."""
    found = {}
    for pair in filter(None, (part.strip() for part in setting.split(","))):
        label, _, meaning = pair.rpartition("=")
        try:
            found[label.strip()] = Sentiment(meaning.strip())
        except ValueError:
            raise BadModel(f"ANBU_SENTIMENT_LABELS: {pair} is not LABEL=negative|neutral|positive") from None
    return found

"""Words as data: what the service says and what it listens for, by language. No logic lives here."""

from prompts.words import UnknownWords, Words, load

__all__ = ["UnknownWords", "Words", "load"]

"""Hearing, speaking and understanding, and the speaker's connection."""

"""Sound → words: engines, voice activity, the end of an utterance, the model they need."""

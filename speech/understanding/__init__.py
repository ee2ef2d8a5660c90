"""What one utterance means: the model, the words that may never be missed, the judgement."""

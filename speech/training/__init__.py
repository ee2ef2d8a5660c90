"""How the language model that Anbu ships is made: raw text → tokenizer → encoder → heads → ONNX. Needs PyTorch."""

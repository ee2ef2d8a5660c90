"""Asking: plan → due → asked → answered or missed, and the conversation itself."""

"""The Wyoming protocol: for Home Assistant, and for satellites in the homes."""

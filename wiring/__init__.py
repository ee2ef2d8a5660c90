"""Wiring: settings → store → services → edges, by role. What each room needs of another is handed in here alone."""

"""A speaker at home: its connection, its turns, its page."""

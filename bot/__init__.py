"""Telegram, for family, residents and coordinators."""

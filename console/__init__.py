"""The control centre: pages, live feed and JSON API."""

"""The control centre: pages, live feed, JSON API, sign-in, access audit."""

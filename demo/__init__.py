"""A simulated neighbourhood: made-up people who live, answer, forget, keep silent and now and then fall.

Everything else is real: the service, the broker, the speakers' sockets. This room knows the service only from outside.
"""

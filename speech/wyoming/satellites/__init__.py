"""Wyoming satellites: small speakers in homes that the service connects to, such as a Raspberry Pi."""

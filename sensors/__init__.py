"""The home: MQTT in, decoders, personal rhythm, silence, vitals, outages and replay."""

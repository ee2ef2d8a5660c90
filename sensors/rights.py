"""Who may say and hear what over MQTT: a home its own tree, and the service's answer to its SOS."""

#: longest topic that is taken; the contract's are far shorter.
MAX_TOPIC = 400


def ack_topic(home: str) -> str:
    """Where a home hears that its SOS has reached the service."""
    return f"homes/{home}/sos/ack"


def may_publish(home: str, topic: str) -> bool:
    """Below its own tree, except the acknowledgement, which only the service gives."""
    return topic.startswith(f"homes/{home}/") and topic != ack_topic(home) and len(topic) <= MAX_TOPIC


def may_subscribe(home: str, topic_filter: str) -> bool:
    """Its own tree, wildcards only below its own name."""
    return topic_filter.startswith(f"homes/{home}/") and len(topic_filter) <= MAX_TOPIC


def denied_topic(home: str, topic: str) -> str:
    """Under which name the ingest hears of what a home published outside its rights."""
    return f"denied/{home}/{topic}"

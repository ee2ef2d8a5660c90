"""Dying on purpose, for the fault suite: armed with "send:2" the process ends, as by `kill -9`, when it comes to that
step for the second time; with "send:2:freeze" it stands still there, as by SIGSTOP, until somebody lets it go on.
Only `main.py run` arms it, from the environment's FAULT; unarmed it is one comparison."""

import os
import signal

#: what kill -9 leaves behind as exit status in a shell.
KILLED = 137

#: the way of a check-in and of an alarm. A step is passed after what it names and before what would make it last.
STEPS = (
    "due",  # slots are written down, not committed
    "claim",  # due check-ins are claimed, not committed
    "call",  # a question is claimed and committed, not handed to its channel
    "transcript",  # what was said is on record, not committed
    "score",  # signs are taken, the score is not computed, nothing is committed
    "alert",  # an escalation is opened, not committed, nobody is paged
    "ack",  # an SOS is committed, the gateway has not heard so
    "step",  # an escalation's next step is claimed, not committed
    "send",  # any other message is claimed and committed, not handed to its channel
    "sent",  # a channel has taken a message, nobody knows it yet
    "mark",  # it is noted as sent, not committed
)

_step, _left, _freezes = "", 0, False


def arm(fault: str) -> None:
    """fault: "<step>:<n>" or "<step>:<n>:freeze", "" for none. Raises ValueError for anything else."""
    global _step, _left, _freezes
    step, _, rest = fault.partition(":")
    count, _, how = rest.partition(":")
    if fault and (step not in STEPS or not count.isdecimal() or int(count) < 1 or how not in {"", "freeze"}):
        raise ValueError(f"FAULT={fault}: give a step ({', '.join(STEPS)}), a colon and a number from 1")
    _step, _left, _freezes = step, int(count or 0), how == "freeze"


def at(step: str) -> None:
    """Here the process may end, without a word and without tidying up."""
    global _left  # noqa: PLW0603
    if step == _step:
        _left -= 1
        if _left == 0 and _freezes:
            os.kill(os.getpid(), signal.SIGSTOP)
        elif _left == 0:
            os._exit(KILLED)

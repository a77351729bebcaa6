"""The two ways news travels up from leads."""

from django.dispatch import Signal

#: Something about these leads changed. Sent inside the transaction with `lead_ids` and `at`; receivers
#: only queue work after commit, and a sweep every minute finds whatever a lost message left behind.
lead_changed = Signal()

#: Somebody asks to talk to sales. Has exactly one receiver, in handoff, which judges and routes inside
#: the transaction that stores the request. Sent with `lead`, `preferred_times`, `words` and `at`.
consultation_requested = Signal()

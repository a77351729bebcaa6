"""A believable company with six months behind it, lived through by the real engine on another clock.

`cast` says who works there and whom they sell to, `stage` what they made (tracks, assets, a form, two
signed agreements), `story` what happened day by day. Everything random comes from one seed.
"""

from handoff.demo.people import ACCOUNTS, PASSWORD

__all__ = ["ACCOUNTS", "PASSWORD"]

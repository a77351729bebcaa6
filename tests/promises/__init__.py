"""What the database refuses, by app (leads in three files): each promise's sentence, and ways to break it.

`ILLEGAL` names a promise and one attempt or several: an "if and only if" is broken both ways. `LEDGERS`
names a ledger, how a row of it is made, and what erasure alone may blank there; `WRITERS` names a trigger
that writes, with a question: is it written? tests/test_promises.py tries them all, with the promise and
without it, and fails when a promise stands in none of them.
"""

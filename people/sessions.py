"""Sessions in the database, looked for by keys that can be ours: a cookie may hold what no database takes."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """A session as Django keeps it, under letters and digits only."""

    def _validate_session_key(self, key):
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()  # type: ignore[misc]

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    """Signing in is by invitation: an administrator makes the account."""

    def is_open_for_signup(self, request):
        return False

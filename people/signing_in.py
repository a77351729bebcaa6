from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    """Signing in is by invitation: an administrator makes the account."""

    def is_open_for_signup(self, request):
        return False

    def is_safe_url(self, url):
        """Where to go after signing in; what is no address at all is no safe one."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

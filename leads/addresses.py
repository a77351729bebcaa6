"""How people are reached: what an e-mail address, a phone number and a country are, cleaned once at the door.

Nothing here asks the network. Each function returns the clean text or raises ValueError with the
problem in plain words.
"""

import re
from functools import cache

import phonenumbers
from django.utils.translation import gettext as _
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

#: Mailboxes of persons: such a domain says nothing about somebody's company.
_FREE_MAIL = """
    163.com 126.com aol.com arcor.de bluewin.ch bol.com.br comcast.net daum.net fastmail.com free.fr
    freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com
    hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com icloud.com ig.com.br
    inbox.com interia.pl laposte.net libero.it live.ca live.co.uk live.com live.de live.fr live.nl mac.com
    mail.com mail.de mail.ru me.com msn.com naver.com o2.pl onet.pl orange.fr outlook.com outlook.de
    outlook.es outlook.fr pm.me posteo.de proton.me protonmail.com qq.com rediffmail.com rocketmail.com
    sapo.pt seznam.cz sfr.fr sina.com t-online.de terra.com.br tiscali.it tutanota.com uol.com.br
    virgilio.it wanadoo.fr web.de wp.pl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br
    yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com zoho.com
"""
FREE_MAIL = frozenset(_FREE_MAIL.split())

# What nearly every address looks like; whatever is not so plain is put to email-validator, 30 times slower.
_PLAIN = re.compile(
    r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,60}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
)
_SPECIAL = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_DIGITS = re.compile(r"\d")
SHORTEST_PHONE = 5


def email(text: str) -> str:
    """The address with its domain in lower case."""
    plain = _PLAIN.fullmatch(text)
    if plain and len(plain[1]) <= 64 and len(text) <= 254 and "--" not in plain[2]:
        domain = plain[2].lower()
        if not domain.endswith(_SPECIAL):
            return f"{plain[1]}@{domain}"
    try:
        clean = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as trouble:
        raise ValueError(
            _("“%(text)s” is not an e-mail address: %(why)s") % {"text": text[:80], "why": trouble}
        ) from None
    if len(clean) > 254:
        raise ValueError(_("The e-mail address is longer than 254 characters."))
    return clean


def phone(text: str, country: str = "") -> str:
    """The number as it is dialled from anywhere where that can be told, else as it was written."""
    text = text.removeprefix("'")
    try:
        number = phonenumbers.parse(text, country or None)
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    if len(_DIGITS.findall(text)) < SHORTEST_PHONE or len(text) > 40:
        raise ValueError(_("“%(text)s” is not a phone number.") % {"text": text[:80]})
    return " ".join(text.split())


def domain(text: str) -> str:
    """The bare host name of a company, whether written as a host, an address or a link."""
    bare = text.lower().split("://")[-1].split("/")[0].split("@")[-1].split(":")[0].removeprefix("www.")
    if not _DOMAIN.fullmatch(bare) or len(bare) > 200:
        raise ValueError(_("“%(text)s” is not a domain.") % {"text": text[:80]})
    return bare


def own_domain(text: str) -> str:
    """The domain as one that a company may call its own: not that of private mailboxes."""
    bare = domain(text)
    if bare in FREE_MAIL:
        raise ValueError(_("“%s” is a domain of private mailboxes.") % bare)
    return bare


def company_domain(address: str) -> str:
    """The domain of a company's e-mail address; empty for a person's mailbox."""
    host = address.rpartition("@")[2].lower()
    return "" if host in FREE_MAIL else host


def country(text: str) -> str:
    """The two-letter code of a country given by its code or its English name."""
    found = _countries().get(text.lower().replace("_", " "))
    if found:
        return found
    raise ValueError(
        _("“%(text)s” is not a country; use its two-letter code or its English name.") % {"text": text[:80]}
    )


@cache
def _countries() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    known = {code.lower(): code for code in phonenumbers.SUPPORTED_REGIONS}
    for key, (_entity, code, *others) in COUNTRIES.items():
        names = [key.replace("_", " "), code, *(other for other in others if len(other) == 3)]
        known.update({name.lower(): code for name in names})
    return known | {"uk": "GB", "usa": "US", "great britain": "GB", "united states of america": "US"}

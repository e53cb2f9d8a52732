"""Accounts: which staff (職員) may sign in and with which role at which desk, and the browsers people are signed in on.

Advisers and partners have no account: the link of an offer is exchanged for a short session.
"""

from meyasubako.casework.accounts.passwords import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Credentials,
    check_new_password,
    draw_password,
    hash_password,
    is_password,
)
from meyasubako.casework.accounts.people import (
    StaffMember,
    add_staff,
    clean_login,
    colleague,
    credentials,
    deactivate,
    find_staff,
    list_staff,
    may_administer,
    set_keys,
    set_mail,
    set_password,
)
from meyasubako.casework.accounts.roles import grant, revoke_grant, set_division
from meyasubako.casework.accounts.sessions import (
    SEEN_EVERY,
    SESSION_LASTS,
    SESSION_RESTS,
    OpenSession,
    keep_open,
    open_session,
    open_sessions,
    sign_in,
    sign_out,
    sign_out_everywhere,
)
from meyasubako.casework.accounts.visits import (
    PROVIDER_SESSION_LASTS,
    OpenProviderSession,
    begin_provider_session,
    open_provider_session,
)

__all__ = [
    "LONGEST_PASSWORD",
    "PROVIDER_SESSION_LASTS",
    "SEEN_EVERY",
    "SESSION_LASTS",
    "SESSION_RESTS",
    "SHORTEST_PASSWORD",
    "Credentials",
    "OpenProviderSession",
    "OpenSession",
    "StaffMember",
    "add_staff",
    "begin_provider_session",
    "check_new_password",
    "clean_login",
    "colleague",
    "credentials",
    "deactivate",
    "draw_password",
    "find_staff",
    "grant",
    "hash_password",
    "is_password",
    "keep_open",
    "list_staff",
    "may_administer",
    "open_provider_session",
    "open_session",
    "open_sessions",
    "revoke_grant",
    "set_division",
    "set_keys",
    "set_mail",
    "set_password",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
]

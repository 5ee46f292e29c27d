"""The pages of django-allauth that this site has a need for, by allauth's own names. The rest has no address here:
nobody signs up, an admin keeps people's addresses, and a reset needs a mail server."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import URLPattern, path, re_path

RESET = "password/reset/"


def pages(*, mail: bool) -> list[URLPattern]:
    """The addresses below /accounts/, without or with the reset by mail."""
    found = [
        path("login/", account.login, name="account_login"),
        path("logout/", account.logout, name="account_logout"),
        path("inactive/", account.account_inactive, name="account_inactive"),
        path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
        path("password/change/", account.password_change, name="account_change_password"),
        path("2fa/", mfa.index, name="mfa_index"),
        path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
        path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
        path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
        path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
        path("2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
        path("2fa/recovery-codes/generate/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
        path("2fa/recovery-codes/download/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    ]
    if mail:
        found += [
            path(RESET, account.password_reset, name="account_reset_password"),
            path(RESET + "done/", account.password_reset_done, name="account_reset_password_done"),
            path(
                RESET + "key/done/",
                account.password_reset_from_key_done,
                name="account_reset_password_from_key_done",
            ),
            re_path(
                rf"^{RESET}key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
                account.password_reset_from_key,
                name="account_reset_password_from_key",
            ),
        ]
    return found


urlpatterns = pages(mail=settings.MAIL)

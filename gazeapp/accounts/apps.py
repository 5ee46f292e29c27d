from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "gazeapp.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from allauth.account.decorators import secure_admin_login
        from django.contrib import admin
        from django.shortcuts import redirect

        from gazeapp.accounts import signals  # noqa: F401  (registers the receivers)

        # The record pages share the one sign-in, with its second factor and its lockout.
        admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
        # Likewise the one page that checks the old password.
        change: Any = lambda *_, **__: redirect("account_change_password")  # noqa: E731
        admin.site.password_change = change  # type: ignore[method-assign]
        admin.site.site_header = "MedGaze Reading Room: records"

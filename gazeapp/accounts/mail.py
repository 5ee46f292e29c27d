"""Mail, where it is configured (`EMAIL_HOST`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

log = logging.getLogger(__name__)


class BackgroundEmailBackend(EmailBackend):
    """Sends beside the answer: a page that waits for the mail server tells a known address from an unknown one."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        threading.Thread(target=self._send_quietly, args=(list(email_messages),), daemon=True).start()
        return len(email_messages)

    def _send_quietly(self, messages: list[EmailMessage]) -> None:
        try:
            super().send_messages(messages)
        except Exception as error:  # only its kind: the words of a mail server name the address
            log.error("A mail could not be sent (%s). Look at EMAIL_HOST and its neighbours.", type(error).__name__)

"""The ASGI application: pages and API over HTTP, live messages over one WebSocket route."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402  (needs the apps that setup loads)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from gazeapp.cases.body_limit import BodyLimit  # noqa: E402
from gazeapp.core.asgi import Handler  # noqa: E402
from gazeapp.core.origin import SameOrigin  # noqa: E402
from gazeapp.core.probes import Probes  # noqa: E402
from webapp.routing import nowhere, websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": Probes(BodyLimit(Handler())),
        "websocket": SameOrigin(
            AuthMiddlewareStack(
                URLRouter([*websocket_urlpatterns, re_path("", nowhere)])  # type: ignore[list-item,arg-type]
            )
        ),
    }
)

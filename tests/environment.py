"""The environment of a test run, set before Django reads its settings (`-p tests.environment`)."""

from __future__ import annotations

import atexit
import os
import pathlib
import shutil
import socket
import tempfile


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_state = tempfile.mkdtemp(prefix="reading-room-test-")
pathlib.Path(_state, "static").mkdir()  # WhiteNoise would warn of its absence
atexit.register(shutil.rmtree, _state, ignore_errors=True)
os.environ.update(
    DJANGO_SETTINGS_MODULE="webapp.settings",
    DJANGO_SECRET_KEY="only for tests",
    MEDGAZE_STATE_DIR=_state,
    MEDGAZE_HTTPS="0",
    MEDGAZE_DEMO="0",
    REDIS_URL=f"redis://127.0.0.1:{free_port()}",
    DJANGO_ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    HF_HUB_OFFLINE="1",
    MEDGAZE_JOB_GRACE_SECONDS="0",
)

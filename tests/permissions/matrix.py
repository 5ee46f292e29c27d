"""Who gets what at every address: one row a route and method, one answer an actor.

The object behind a row is the owner's own private case (with film, report, prediction and job), so `stranger` shows
what a colleague of the same role sees of it: nothing. A method without a row must never succeed.
"""

from __future__ import annotations

ACTORS = ("anonymous", "outsider", "owner", "stranger", "faculty", "admin", "researcher")

# Addresses by pattern, converters stripped to <>. Answers are in the order of ACTORS; 302 leads to sign-in or home.
PAGE = "302 403 200 200 200 200 200"
ANY_ROLE = "401 403 200 200 200 200 200"
ROWS: dict[str, dict[str, str]] = {
    # pages
    "": {"GET": "302 302 302 302 302 302 302"},
    "jobs/": {"GET": "302 403 403 403 403 200 403"},
    "cases/": {"GET": PAGE},
    "cases/new/": {"GET": "302 403 200 200 200 200 403"},
    "cases/<>/": {"GET": "302 404 200 404 200 200 404"},
    "recordings/": {"GET": PAGE},
    "recordings/import/": {"GET": "302 403 200 200 200 200 403"},
    "recordings/<>/": {"GET": "302 403 200 404 404 404 404"},
    "quarantine/": {"GET": "302 403 403 403 200 200 403"},
    "people/": {"GET": "302 403 403 403 403 200 403"},
    # An admin is sent to confirm who they are first.
    "people/<>/link/": {"GET": "302 403 403 403 403 302 403", "POST": "302 403 403 403 403 302 403"},
    # The key is the link's secret; the POST is without a password.
    "people/link/<>/": {"GET": "200 200 200 200 200 200 200", "POST": "200 200 200 200 200 200 200"},
    "people/me/": {"GET": "302 200 200 200 200 200 200"},
    "people/me/tokens/": {"POST": "302 403 302 302 302 302 302"},
    "people/me/tokens/<>/delete/": {"POST": "302 404 302 404 404 404 404"},
    # API: oneself
    "api/v1/me/": {"GET": ANY_ROLE},
    "api/v1/tokens/": {"GET": ANY_ROLE, "POST": "401 403 201 201 201 201 201"},
    "api/v1/tokens/<>/": {"DELETE": "401 403 204 404 404 404 404"},
    # API: jobs and events
    "api/v1/jobs/": {"GET": ANY_ROLE},
    "api/v1/jobs/<>/": {"GET": "401 403 200 404 404 200 404"},
    "api/v1/jobs/<>/cancel/": {"POST": "401 403 200 404 404 200 404"},
    "api/v1/jobs/<>/retry/": {"POST": "401 403 202 404 404 202 404"},
    "api/v1/events/": {"GET": "401 403 200 404 200 200 404"},
    # API: cases. The owner's case is ready and not published; 409 means: allowed, but not in this state.
    "api/v1/cases/": {"GET": ANY_ROLE, "POST": "401 403 201 201 201 201 403"},
    "api/v1/cases/<>/": {
        "GET": "401 403 200 404 200 200 404",
        "PATCH": "401 403 200 404 403 200 404",
        "DELETE": "401 403 204 404 403 204 404",
    },
    "api/v1/cases/<>/film/": {"GET": "401 403 200 404 200 200 404"},
    "api/v1/cases/<>/report-marks/": {"GET": "401 403 409 404 403 409 404"},
    "api/v1/cases/<>/confirm-report/": {"POST": "401 403 409 404 403 409 404"},
    "api/v1/cases/<>/release/": {"POST": "401 403 403 404 409 409 404"},
    "api/v1/cases/<>/reject/": {"POST": "401 403 403 404 409 409 404"},
    "api/v1/cases/<>/hide/": {"POST": "401 403 200 404 200 200 404"},
    "api/v1/cases/<>/predictions/": {"POST": "401 403 200 404 200 200 404"},
    "api/v1/predictions/<>/": {"GET": "401 403 200 404 200 200 404"},
    "api/v1/films/<>/pixels/": {"GET": "401 403 200 404 200 200 404"},
    "api/v1/films/<>/thumbnails/<>/": {"GET": "401 403 200 404 200 200 404"},
    # API: uploads. Bytes are their owner's alone, also before an admin.
    "api/v1/uploads/": {"OPTIONS": "401 403 204 204 204 204 204", "POST": "401 403 201 201 201 201 403"},
    "api/v1/uploads/<>/": {
        "HEAD": "401 403 200 404 404 404 404",
        "PATCH": "401 403 204 404 404 404 404",
        "DELETE": "401 403 204 404 404 404 404",
    },
    # API: recordings and eye trackers' files. Gaze is its reader's alone, also before an admin.
    "api/v1/recordings/": {"GET": ANY_ROLE},
    "api/v1/recordings/<>/": {"GET": "401 403 200 404 404 404 404", "DELETE": "401 403 204 404 404 404 404"},
    "api/v1/recordings/<>/samples/": {"GET": "401 403 200 404 404 404 404"},
    "api/v1/recordings/<>/parts/<>/": {"POST": "401 403 409 404 404 404 404"},  # it is complete
    "api/v1/recordings/imports/": {
        "GET": "401 403 200 200 200 200 403",
        "POST": "401 403 400 400 400 400 403",  # without a file
    },
    "api/v1/recordings/imports/<>/": {"GET": "401 403 200 404 404 404 404", "DELETE": "401 403 204 404 404 404 404"},
    "api/v1/recordings/imports/<>/preview/": {"POST": "401 403 409 404 404 404 404"},  # it is not read yet
    "api/v1/recordings/imports/<>/save/": {"POST": "401 403 409 404 404 404 404"},
    "api/v1/schema/": {"GET": ANY_ROLE},
    "api/v1/docs/": {"GET": ANY_ROLE},
}

# Query or body that makes the request a valid one; {case} is filled in.
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("api/v1/events/", "GET"): {"subject": "case:{case}"},
    ("api/v1/cases/", "POST"): {"size": 10, "filename": "film.dcm", "report": "Clear lungs."},
    ("api/v1/cases/<>/", "PATCH"): {"title": "Another title"},
    ("api/v1/cases/<>/confirm-report/", "POST"): {"text": "Clear lungs."},
    ("api/v1/cases/<>/predictions/", "POST"): {"samples": 1, "seed": 0},
    ("api/v1/recordings/<>/parts/<>/", "POST"): {"writer": "x", "samples": [[0.0, 0.5, 0.5]]},
    ("api/v1/recordings/imports/<>/preview/", "POST"): {"trial": 1, "case": "{case}", "eye": "left"},
    ("api/v1/recordings/imports/<>/save/", "POST"): {"whose": {"mine": True}, "trials": []},
}
HEADERS: dict[tuple[str, str], dict[str, str]] = {
    ("api/v1/uploads/", "OPTIONS"): {"Tus-Resumable": "1.0.0"},
    ("api/v1/uploads/", "POST"): {"Tus-Resumable": "1.0.0", "Upload-Length": "10"},
    ("api/v1/uploads/<>/", "HEAD"): {"Tus-Resumable": "1.0.0"},
    ("api/v1/uploads/<>/", "PATCH"): {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"},
    ("api/v1/uploads/<>/", "DELETE"): {"Tus-Resumable": "1.0.0"},
}
# Live subjects: what a subscription answers. 200 is a snapshot.
SUBJECTS: dict[str, str] = {
    "case:{case}": "4401 4401 200 404 200 200 404",
    "prediction:{prediction}": "4401 4401 200 404 200 200 404",
    "job:{job}": "4401 4401 200 404 404 200 404",
    "import:{gaze_file}": "4401 4401 200 404 404 404 404",
    "user:{owner}": "4401 4401 200 404 404 404 404",
    "jobs": "4401 4401 404 404 404 200 404",
}

# Third-party addresses, by prefix: who may get anything but a redirect to sign-in or a refusal.
ADMIN_ONLY = ("admin/",)
# django-allauth: open to everybody (each is a way in); the rest of it only to the signed-in, about themselves.
OPEN_SIGN_IN = {
    "accounts/login/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/2fa/authenticate/",
}

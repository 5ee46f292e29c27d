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
    "role/": {"POST": "302 302 302 302 302 302 302"},
    "overview/": {"GET": "302 403 403 403 403 200 403"},
    "jobs/": {"GET": "302 403 403 403 403 200 403"},
    "demo/": {"GET": "302 200 200 200 200 200 200"},
    "cases/": {"GET": PAGE},
    "cases/new/": {"GET": "302 403 200 200 200 200 403"},
    "cases/<>/": {"GET": "302 404 200 404 200 200 404"},
    "recordings/": {"GET": PAGE},
    "recordings/import/": {"GET": "302 403 200 200 200 200 403"},
    "recordings/<>/": {"GET": "302 403 200 404 404 404 404"},
    "practice/": {"GET": "302 403 200 200 200 200 403"},
    # A visit begins nothing: it goes to what is open, or back to the page that has the button. The second who practises
    # is asked about consent first.
    "practice/next/": {"GET": "302 403 302 302 302 302 403", "POST": "302 403 302 302 302 302 403"},
    "practice/attempts/": {"GET": "302 403 200 200 200 200 403"},
    "practice/attempts/<>/": {"GET": "302 403 200 404 404 404 403"},
    "practice/attempts/<>/feedback/": {"GET": "302 403 302 404 404 404 403"},
    "teaching/": {"GET": "302 403 403 403 200 200 403"},
    "teaching/objections/<>/close/": {"POST": "302 403 403 403 404 404 403"},
    "progress/": {"GET": "302 403 200 200 200 200 403"},
    "ladder/": {"GET": "302 403 403 403 200 200 200"},
    "ladder/harder/": {"GET": "302 403 403 403 200 200 403"},
    "cases/<>/key/": {"GET": "302 404 403 404 200 200 404"},
    "sets/": {"GET": "302 403 403 403 200 200 403"},
    "sets/<>/": {"GET": "302 403 403 403 200 200 403"},
    "quarantine/": {"GET": "302 403 403 403 200 200 403"},
    # The study runs; it is faculty's, and the admin rates in it. An item is its rater's alone.
    "rate/": {"GET": "302 403 403 403 200 200 403"},
    "rate/<>/": {"GET": "302 403 403 403 404 200 403"},
    "studies/": {"GET": "302 403 403 403 200 200 403"},
    "studies/<>/": {"GET": "302 403 403 403 200 200 403"},
    # Research data is of researchers and admins; its requests are decided on by admins.
    "releases/": {"GET": "302 403 403 403 403 200 200"},
    "releases/<>/": {"GET": "302 403 403 403 403 200 200"},
    "data/": {"GET": "302 403 403 403 403 200 403"},
    "data/browse/": {"GET": "302 403 403 403 403 200 200"},
    "access/": {"GET": "302 403 403 403 403 200 200"},
    # Trainings are for admins; what serves, and every version's card, for every role.
    "models/": {"GET": PAGE},
    "models/<>/": {"GET": "302 404 200 200 200 200 200"},
    "models/runs/new/": {"GET": "302 403 403 403 403 200 403"},
    "models/runs/<>/": {"GET": "302 403 403 403 403 200 403"},
    "people/": {"GET": "302 403 403 403 403 200 403"},
    # An admin is sent to confirm who they are first.
    "people/<>/link/": {"GET": "302 403 403 403 403 302 403", "POST": "302 403 403 403 403 302 403"},
    # The key is the link's secret; the POST is without a password.
    "people/link/<>/": {"GET": "200 200 200 200 200 200 200", "POST": "200 200 200 200 200 200 200"},
    "people/me/": {"GET": "302 200 200 200 200 200 200"},
    "people/me/consent/": {"GET": "302 403 200 200 200 200 200", "POST": "302 403 422 422 422 422 422"},
    "people/me/tokens/": {"POST": "302 403 302 302 302 302 302"},
    "people/me/tokens/<>/delete/": {"POST": "302 404 302 404 404 404 404"},
    # API: oneself
    "api/v1/me/": {"GET": ANY_ROLE},
    "api/v1/me/consents/": {"GET": ANY_ROLE},
    "api/v1/tokens/": {"GET": ANY_ROLE, "POST": "401 403 201 201 201 201 201"},
    "api/v1/tokens/<>/": {"DELETE": "401 403 204 404 404 404 404"},
    # API: jobs and events
    "api/v1/jobs/": {"GET": ANY_ROLE},
    "api/v1/jobs/<>/": {"GET": "401 403 200 404 404 200 404"},
    "api/v1/jobs/<>/cancel/": {"POST": "401 403 200 404 404 200 404"},
    "api/v1/jobs/<>/retry/": {"POST": "401 403 202 404 404 202 404"},
    "api/v1/overview/": {"GET": "401 403 403 403 403 200 403"},
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
    # API: answer keys. The owner's case has a draft and an approved key; no resident is shown either before an attempt.
    "api/v1/cases/<>/key/": {
        "GET": "401 403 200 404 200 200 404",
        "PUT": "401 403 403 404 200 200 404",
        "DELETE": "401 403 403 404 204 204 404",
    },
    "api/v1/cases/<>/key/approve/": {"POST": "401 403 403 404 200 200 404"},
    "api/v1/cases/<>/key/versions/": {"GET": "401 403 403 404 200 200 404"},
    # API: practice sets, of faculty and admins together. One waits for the owner's yes to the case.
    "api/v1/sets/": {"GET": "401 403 403 403 200 200 403", "POST": "401 403 403 403 201 201 403"},
    "api/v1/sets/<>/": {
        "GET": "401 403 403 403 200 200 403",
        "PATCH": "401 403 403 403 200 200 403",
        "DELETE": "401 403 403 403 204 204 403",
    },
    "api/v1/sets/<>/cases/": {"POST": "401 403 403 403 201 201 403"},
    "api/v1/sets/<>/cases/<>/": {"DELETE": "401 403 403 403 204 204 403"},
    "api/v1/sets/<>/cases/<>/agree/": {"POST": "401 403 200 404 403 200 404"},
    "api/v1/sets/<>/open/": {"POST": "401 403 403 403 409 409 403"},
    "api/v1/sets/<>/close/": {"POST": "401 403 403 403 200 200 403"},
    "api/v1/predictions/<>/": {"GET": "401 403 200 404 200 200 404"},
    "api/v1/films/<>/pixels/": {"GET": "401 403 200 404 200 200 404"},
    "api/v1/films/<>/thumbnails/<>/": {"GET": "401 403 200 404 200 200 404"},
    # API: one's own attempts and recordings. The owner's attempt is open, so what wants a committed one answers 409;
    # the others have not answered about consent, so nothing begins.
    "api/v1/practice/next/": {"POST": "401 403 200 409 409 409 403"},
    "api/v1/practice/progress/": {"GET": "401 403 200 200 200 200 403"},
    "api/v1/practice/progress.csv": {"GET": "401 403 200 200 200 200 403"},
    "api/v1/practice/attempts/": {"GET": "401 403 200 200 200 200 403"},
    "api/v1/practice/attempts/<>/": {"GET": "401 403 200 404 404 404 403"},
    "api/v1/practice/attempts/<>/take/": {"POST": "401 403 200 404 404 404 403"},
    "api/v1/practice/attempts/<>/draft/": {"PUT": "401 403 200 404 404 404 403"},
    "api/v1/practice/attempts/<>/commit/": {"POST": "401 403 200 404 404 404 403"},
    "api/v1/practice/attempts/<>/skip/": {"POST": "401 403 200 404 404 404 403"},
    "api/v1/practice/attempts/<>/hide/": {"POST": "401 403 200 404 404 404 403"},
    "api/v1/practice/attempts/<>/feedback/": {"GET": "401 403 409 404 404 404 403"},
    "api/v1/practice/attempts/<>/disagree/": {"POST": "401 403 409 404 404 404 403"},
    "api/v1/practice/attempts/<>/<>.csv": {"GET": "401 403 409 404 404 404 403"},
    # API: ratings. The study runs, so its plan is frozen and its results are not open yet.
    "api/v1/ratings/studies/": {"GET": "401 403 403 403 200 200 403", "POST": "401 403 403 403 201 201 403"},
    "api/v1/ratings/studies/<>/": {
        "GET": "401 403 403 403 200 200 403",
        "PATCH": "401 403 403 403 409 409 403",
        "DELETE": "401 403 403 403 409 409 403",
    },
    "api/v1/ratings/studies/<>/offered/": {"GET": "401 403 403 403 200 200 403"},
    "api/v1/ratings/studies/<>/start/": {"POST": "401 403 403 403 409 409 403"},
    "api/v1/ratings/studies/<>/close/": {"POST": "401 403 403 403 200 200 403"},
    "api/v1/ratings/studies/<>/raters/": {"POST": "401 403 403 403 201 201 403"},
    "api/v1/ratings/studies/<>/raters/<>/drop/": {"POST": "401 403 403 403 200 200 403"},
    "api/v1/ratings/studies/<>/board/": {"GET": "401 403 403 403 200 200 403"},
    "api/v1/ratings/studies/<>/results/": {"GET": "401 403 403 403 409 409 403"},
    "api/v1/ratings/studies/<>/results.csv": {"GET": "401 403 403 403 409 409 403"},
    "api/v1/ratings/studies/<>/answers.csv": {"GET": "401 403 403 403 409 409 403"},
    "api/v1/ratings/choices/": {"GET": "401 403 403 403 200 200 403"},
    "api/v1/ratings/queue/": {"GET": "401 403 403 403 200 200 403"},
    "api/v1/ratings/items/<>/": {"GET": "401 403 403 403 404 200 403"},
    "api/v1/ratings/items/<>/draft/": {"PUT": "401 403 403 403 404 200 403"},
    "api/v1/ratings/items/<>/submit/": {"POST": "401 403 403 403 404 200 403"},
    "api/v1/recordings/": {"GET": ANY_ROLE},
    "api/v1/recordings/<>/": {"GET": "401 403 200 404 404 404 404", "DELETE": "401 403 204 404 404 404 404"},
    "api/v1/recordings/<>/samples/": {"GET": "401 403 200 404 404 404 404"},
    "api/v1/recordings/<>/parts/<>/": {"POST": "401 403 201 404 404 404 404"},
    # API: the ladder is of those who teach, and of researchers what is published; residents still learn from its cases.
    # The owner's case stands there and is not published; the comparison is faculty's own.
    "api/v1/ladder/": {"GET": "401 403 403 403 200 200 200"},
    "api/v1/ladder/<>/": {"GET": "401 403 403 403 200 200 404"},
    "api/v1/ladder/agreement/": {"GET": "401 403 403 403 200 200 200"},
    "api/v1/ladder.csv": {"GET": "401 403 403 403 200 200 200"},
    "api/v1/ladder/pair/": {"GET": "401 403 403 403 200 200 403"},
    "api/v1/ladder/comparisons/": {"POST": "401 403 403 403 201 201 403"},
    "api/v1/ladder/comparisons/<>/undo/": {"POST": "401 403 403 403 200 404 403"},
    # API: research data is of researchers and admins. The request is the researcher's and waits for both decisions, of
    # which that on films comes second; the release is ready, and both have agreed to its terms.
    "api/v1/data/counts/": {"GET": "401 403 403 403 403 200 200"},
    "api/v1/data/requests/": {"GET": "401 403 403 403 403 200 200", "POST": "401 403 403 403 403 201 201"},
    "api/v1/data/requests/<>/": {"GET": "401 403 403 403 403 200 200"},
    "api/v1/data/requests/<>/withdraw/": {"POST": "401 403 403 403 403 403 200"},
    "api/v1/data/requests/<>/approve/": {"POST": "401 403 403 403 403 200 403"},
    "api/v1/data/requests/<>/decline/": {"POST": "401 403 403 403 403 200 403"},
    "api/v1/data/requests/<>/approve-films/": {"POST": "401 403 403 403 403 409 403"},
    "api/v1/data/requests/<>/decline-films/": {"POST": "401 403 403 403 403 409 403"},
    "api/v1/data/requests/<>/close/": {"POST": "401 403 403 403 403 200 403"},
    "api/v1/data/withdrawals/": {"GET": "401 403 403 403 403 200 403"},
    "api/v1/releases/": {"GET": "401 403 403 403 403 200 200"},
    "api/v1/releases/<>/": {"GET": "401 403 403 403 403 200 200"},
    "api/v1/releases/<>/terms/": {"POST": "401 403 403 403 403 200 200"},
    "api/v1/releases/<>/archive/": {"GET": "401 403 403 403 403 200 200"},
    "api/v1/releases/<>/files/<>": {"GET": "401 403 403 403 403 200 200"},
    # API: model versions are open to every role; judging, promoting, trainings and schedules are admins'. Nothing was
    # promoted before, so there is nothing to go back to; and there are too few films for another training.
    "api/v1/models/": {"GET": ANY_ROLE},
    "api/v1/models/history/": {"GET": ANY_ROLE},
    "api/v1/models/roll-back/": {"POST": "401 403 403 403 403 409 403"},
    "api/v1/models/<>/": {"GET": ANY_ROLE},
    "api/v1/models/<>/judge/": {"POST": "401 403 403 403 403 202 403"},
    "api/v1/models/<>/promote/": {"POST": "401 403 403 403 403 200 403"},
    "api/v1/training/estimate/": {"GET": "401 403 403 403 403 200 403"},
    "api/v1/training/runs/": {"GET": "401 403 403 403 403 200 403", "POST": "401 403 403 403 403 409 403"},
    "api/v1/training/runs/<>/": {"GET": "401 403 403 403 403 200 403"},
    "api/v1/training/runs/<>/cancel/": {"POST": "401 403 403 403 403 200 403"},
    "api/v1/training/runs/<>/resume/": {"POST": "401 403 403 403 403 200 403"},
    "api/v1/training/runs/<>/log/": {"GET": "401 403 403 403 403 200 403"},
    "api/v1/training/schedules/": {"GET": "401 403 403 403 403 200 403", "POST": "401 403 403 403 403 201 403"},
    "api/v1/training/schedules/<>/": {
        "GET": "401 403 403 403 403 200 403",
        "PATCH": "401 403 403 403 403 200 403",
        "DELETE": "401 403 403 403 403 204 403",
    },
    # API: uploads. Bytes are their owner's alone, also before an admin.
    "api/v1/uploads/": {"OPTIONS": "401 403 204 204 204 204 204", "POST": "401 403 201 201 201 201 403"},
    "api/v1/uploads/<>/": {
        "HEAD": "401 403 200 404 404 404 404",
        "PATCH": "401 403 204 404 404 404 404",
        "DELETE": "401 403 204 404 404 404 404",
    },
    # API: eye trackers' files are their owner's alone, also before an admin.
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

# Query or body that makes the request a valid one; {case}, {other_case}, {writer} and {draft} (when that was saved) are
# filled in.
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("api/v1/events/", "GET"): {"subject": "case:{case}"},
    ("api/v1/cases/", "POST"): {"size": 10, "filename": "film.dcm", "report": "Clear lungs."},
    ("api/v1/cases/<>/", "PATCH"): {"title": "Another title"},
    ("api/v1/cases/<>/confirm-report/", "POST"): {"text": "Clear lungs."},
    ("api/v1/cases/<>/predictions/", "POST"): {"samples": 1, "seed": 0},
    ("api/v1/recordings/imports/<>/preview/", "POST"): {"trial": 1, "case": "{case}", "eye": "left"},
    ("api/v1/recordings/imports/<>/save/", "POST"): {"whose": {"mine": True}, "trials": []},
    ("api/v1/practice/attempts/<>/draft/", "PUT"): {"writer": "{writer}", "marks": [], "answer": "normal"},
    ("api/v1/practice/attempts/<>/commit/", "POST"): {
        "writer": "{writer}",
        "marks": [],
        "answer": "normal",
        "parts": 0,
    },
    ("api/v1/practice/attempts/<>/disagree/", "POST"): {"words": "I see nothing there."},
    ("api/v1/ladder/comparisons/", "POST"): {
        "left": "{case}",
        "right": "{other_case}",
        "harder": "left",
        "seconds": 3.0,
    },
    ("api/v1/recordings/<>/parts/<>/", "POST"): {"writer": "{writer}", "samples": [[0.0, 0.5, 0.5]]},
    ("api/v1/cases/<>/key/", "PUT"): {"normal": True, "changed_at": "{draft}"},
    ("api/v1/cases/<>/key/", "DELETE"): {"changed_at": "{draft}"},
    ("api/v1/cases/<>/key/approve/", "POST"): {"changed_at": "{draft}"},
    ("api/v1/sets/", "POST"): {"name": "Chest films of May"},
    ("api/v1/ratings/studies/", "POST"): {"name": "Whose eye"},
    ("api/v1/ratings/studies/<>/", "PATCH"): {"name": "Whose eyes"},
    ("api/v1/ratings/studies/<>/offered/", "GET"): {"case": "{case}"},
    ("api/v1/ratings/studies/<>/raters/", "POST"): {"user": "{rater}"},
    ("api/v1/ratings/items/<>/draft/", "PUT"): {"human_like": 1},
    ("api/v1/ratings/items/<>/submit/", "POST"): {
        "human_like": 1,
        "comprehensive": 4,
        "redundant": 2,
        "confidence": 3,
        "seconds": 12.5,
    },
    ("api/v1/data/requests/", "POST"): {"name": "Gaze", "why": "To learn from it.", "query": {}},
    ("api/v1/data/requests/<>/decline/", "POST"): {"reason": "Ask an ethics board first."},
    ("api/v1/data/requests/<>/approve-films/", "POST"): {
        "password": "a long pass phrase",
        "reason": "To train a model.",
    },
    ("api/v1/data/requests/<>/close/", "POST"): {"reason": "The study was stopped."},
    ("api/v1/data/requests/<>/decline-films/", "POST"): {"reason": "Gaze is enough for this."},
    ("api/v1/releases/<>/terms/", "POST"): {"version": 1},
    ("api/v1/models/roll-back/", "POST"): {"password": "a long pass phrase", "reason": "It reads too short."},
    ("api/v1/models/<>/promote/", "POST"): {"password": "a long pass phrase", "reason": "It reads apices better."},
    ("api/v1/training/runs/", "POST"): {"name": "Spring", "data": {"kind": "consented"}},
    ("api/v1/training/schedules/", "POST"): {"name": "Weekly", "weekday": 6, "hour": 2},
    ("api/v1/training/schedules/<>/", "PATCH"): {"hour": 3},
    ("api/v1/sets/<>/", "PATCH"): {"name": "Chest films of June"},
    ("api/v1/sets/<>/cases/", "POST"): {"case": "{case}"},
    ("api/v1/sets/<>/cases/<>/agree/", "POST"): {"agreed": True},
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
    "rating:{study}.{rater}": "4401 4401 404 404 404 200 404",
    "board:{study}": "4401 4401 404 404 200 404 404",  # the admin rates in it: no live board
    "release:{release}": "4401 4401 404 404 404 200 200",
    "requests": "4401 4401 404 404 404 200 404",
    "user:{owner}": "4401 4401 200 404 404 404 404",
    "jobs": "4401 4401 404 404 404 200 404",
    "models": "4401 4401 200 200 200 200 200",
    "model:{model}": "4401 4401 404 404 404 200 404",
    "run:{run}": "4401 4401 404 404 404 200 404",
    "ladder": "4401 4401 404 404 200 200 404",
    "ladder:published": "4401 4401 404 404 200 200 200",
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

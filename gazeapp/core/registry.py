"""Dotted paths that let this lowest layer reach what lies above it, without importing it.

Every entry is a plain function; `load(path)` imports it at its first use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

# Live subjects: "<kind>:<id>" or "<kind>". Each function is called as f(user, ident) and returns the snapshot's state
# (a JSON-able dict). It raises Http404 or PermissionDenied for those who may not follow the subject.
SUBJECTS: dict[str, str] = {
    "case": "gazeapp.cases.selectors.live_case",
    "prediction": "gazeapp.scanpaths.selectors.live_prediction",
    "import": "gazeapp.recordings.selectors.live_import",
    "rating": "gazeapp.ratings.selectors.live_rating",
    "board": "gazeapp.ratings.selectors.live_board",
    "ladder": "gazeapp.difficulty.selectors.live_ladder",
    "models": "gazeapp.training.versions.live_models",
    "model": "gazeapp.training.versions.live_model",
    "run": "gazeapp.training.runs.live_run",
    "user": "gazeapp.core.selectors.live_user",
    "release": "gazeapp.exports.selectors.live_release",
    "requests": "gazeapp.exports.selectors.live_requests",
    "jobs": "gazeapp.core.selectors.live_jobs",
    "job": "gazeapp.core.selectors.live_job",
}

# Called as f(job) inside the transaction that made a job of this kind failed, cancelled, or queued again by a retry, so
# that the record behind the job never waits for work that will not come. (A handler that finishes writes its own.)
JOB_CHANGED: dict[str, str] = {
    "ingest": "gazeapp.cases.services.ingest_job_changed",
    "predict": "gazeapp.scanpaths.services.predict_job_changed",
    "import": "gazeapp.recordings.services.import_job_changed",
    "release": "gazeapp.exports.services.release_job_changed",
    "judge": "gazeapp.training.services.judge_job_changed",
    "train": "gazeapp.training.services.train_job_changed",
}

# Called as f(user) inside the transaction in which somebody queued a job of this kind of theirs again, to refuse it
# where they have as many open as one person may have.
JOB_LIMITS: dict[str, str] = {
    "predict": "gazeapp.scanpaths.services.refuse_more_predictions",
    "train": "gazeapp.training.services.refuse_more_runs",
}

# Called as f(case=case, by=user) inside the transaction that makes a case ready.
CASE_READY = "gazeapp.scanpaths.services.case_ready"

# Called as f(case=case, by=user) inside the transaction that approved a key of the case, before it writes to the audit.
KEY_APPROVED: str | None = "gazeapp.difficulty.services.key_approved"

# Called as f(attempt) last in the transaction that committed an attempt; a commit that is sent again does not get here.
ATTEMPT_COMMITTED: str | None = "gazeapp.difficulty.services.attempt_committed"

# Called as f(user, places) with a queryset of places in one practice set; returns the one whose case is nearest to what
# this person should read next, or None.
NEAREST_PLACE: str | None = "gazeapp.difficulty.selectors.nearest_place"

# Called as f(cases) with a list of cases; returns {case id: id of its newest prediction} for those that have one.
CASE_PREDICTIONS = "gazeapp.scanpaths.selectors.predictions_of"

# What somebody has read in practice. Each is called as f(user) and returns a queryset of values for a subquery: sha256
# of the films, or ids of the cases, with a committed attempt of theirs; sha256 of the films with any attempt of theirs.
COMMITTED_FILMS: str | None = "gazeapp.practice.selectors.committed_films"
COMMITTED_CASES: str | None = "gazeapp.practice.selectors.committed_cases"
ATTEMPTED_FILMS: str | None = "gazeapp.practice.selectors.attempted_films"

# Called as f(user); returns rows of film (sha256) and release: of the releases that this person was sent files of.
DOWNLOADED_FILMS: str | None = "gazeapp.exports.selectors.downloaded_films"

# Called as f(case); returns {version of its answer key: number of committed attempts that were judged by it}.
KEY_ATTEMPTS: str | None = "gazeapp.practice.selectors.attempts_by_key"

# Called as f(user); returns the sha256 of the films whose readings this person rates blind in a study that is running:
# until it closes they see no prediction and nobody else's reading of them.
FILMS_RATED: str | None = "gazeapp.ratings.selectors.films_rated"

# Called as f(user); returns a row for each running study in which this person rates: id, name, done, of, minutes, next.
RATING_QUEUE = "gazeapp.ratings.selectors.queue"

# Called as f(user) for the bar of a page: how much waits for this person.
WAITING: dict[str, str] = {
    "quarantine": "gazeapp.cases.selectors.quarantined",
    "teaching": "gazeapp.practice.selectors.to_do",
    "ratings": "gazeapp.ratings.selectors.waiting",
    "imports": "gazeapp.recordings.selectors.imports_to_match",
    "requests": "gazeapp.exports.selectors.requests_waiting",
}

# Which addresses (names of views) and methods an API token of a narrow scope opens; `all` opens what its person may.
_READ = ("GET", "HEAD")
TOKEN_SCOPES: dict[str, dict[str, tuple[str, ...]]] = {
    "releases": {
        "api-me": _READ,
        "api-data-counts": _READ,
        "api-releases": _READ,
        "api-release": _READ,
        "api-release-terms": ("POST",),
        "api-release-archive": _READ,
        "api-release-file": _READ,
    },
}

# Called as f(readers) with ids of readers; returns {id: [{"id", "name"}]} of the training runs that learnt from them.
RUNS_OF_READERS: str | None = "gazeapp.training.selectors.runs_of_readers"

# What a kind of job does, in the words of the pages: "… takes in a film". A kind without an entry is shown by its name.
JOB_WORDS: dict[str, str] = {
    "ingest": "takes in a film",
    "import": "reads a gaze file",
    "predict": "predicts a reading",
    "regions": "finds the regions of a film",
    "workload": "predicts how long a case is looked at",
    "train": "trains a model",
    "judge": "judges a model",
    "release": "makes a release",
    "sleep": "passes time",
    "count": "counts",
}

# Called as f() for the admins' overview; each returns a JSON-able dict, which stands there under its name.
OVERVIEW: dict[str, str] = {
    "models": "gazeapp.training.selectors.overview",
    "data": "gazeapp.exports.selectors.overview",
}

# Called as f(); returns how many active people hold no role, and so cannot do anything.
PEOPLE_WITHOUT_ROLE = "gazeapp.accounts.selectors.count_without_role"

# Called as f() by the hourly sweep: each deletes what its app no longer needs, or asks for what it still lacks, and
# returns how many things that were.
SWEEPERS: tuple[str, ...] = (
    "gazeapp.core.services.sweep_events",
    "gazeapp.cases.services.sweep_uploads",
    "gazeapp.recordings.services.sweep_orphans",
    "gazeapp.recordings.services.sweep_imports",
    "gazeapp.difficulty.services.sweep",
    "gazeapp.exports.services.sweep",
    "gazeapp.training.services.sweep",
)


def words_of(kind: str) -> str:
    """What a kind of job does, in words."""
    return JOB_WORDS.get(kind, kind)


def load(path: str) -> Callable[..., Any]:
    """The function behind a dotted path."""
    function: Callable[..., Any] = import_string(path)
    return function

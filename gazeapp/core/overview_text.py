"""What the overview says in sentences: what is wrong with the machine, and what waits for an admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat, pluralize
from django.urls import NoReverseMatch, reverse

LONG_WAIT_S = 600  # somebody looks at a page meanwhile
SILENT_S = 12.0  # a process that is well is heard every five seconds
QUEUE_WORDS = {
    "predict": "readings, regions, workload",
    "io": "films, gaze files, releases",
    "train": "trainings, comparisons of models",
}
SUBJECT_PAGES = {"case": "cases:room", "run": "training:run", "release": "exports:release"}


@dataclass(frozen=True)
class Notice:
    words: str
    address: str = ""  # where one can do something about it


def wrong(data: dict[str, Any]) -> list[Notice]:
    """What is wrong with the machine, worst first; empty when it is well."""
    found = []
    if not data["broker"]["ok"]:
        found.append(Notice("The broker does not answer. Work is still accepted, and starts when it is back."))
    elif not data["starting"]:
        found += [Notice(_unserved(queue)) for queue in data["queues"] if not queue["workers"]]
        if not data["clock"]["ok"]:
            found.append(
                Notice("The clock (beat) is not heard: schedules stand still, and lost work is not taken back.")
            )
    if data["disk"]["low"]:
        free = filesizeformat(data["disk"]["free_bytes"])
        found.append(
            Notice(f"The disk is nearly full: {free} are left. Films, trainings and releases fail when it is full.")
        )
    for queue in data["queues"]:
        if _is_slow(queue):
            minutes = queue["oldest_awaited_s"] // 60
            found.append(
                Notice(
                    f"Somebody has waited {minutes} minute{pluralize(minutes)} for queue {queue['queue']}.",
                    _page("core:jobs", "state=queued"),
                )
            )
    found += [
        Notice(f"What {name} would say here could not be read; the web server's log says why.")
        for name in data["unread"]
    ]
    return found


def _is_slow(queue: dict[str, Any]) -> bool:
    """Somebody waits for long, and not behind a training: that takes its time."""
    behind = queue["queue"] == "train" and queue["running"]
    return bool(queue["workers"] and not behind and (queue["oldest_awaited_s"] or 0) > LONG_WAIT_S)


def _unserved(queue: dict[str, Any]) -> str:
    waits = f" {queue['waiting']} job{pluralize(queue['waiting'], ' waits,s wait')}." if queue["waiting"] else ""
    return f"No worker hears queue {queue['queue']}.{waits}"


def waits(data: dict[str, Any]) -> list[Notice]:
    """What waits for an admin to decide or do."""
    ours = sum(not failure["refused"] for failure in data["failures"])
    counted = [
        (ours, "job failed|jobs failed", "#failures"),
        (data.get("data", {}).get("requests", 0), "request for data|requests for data", _page("exports:data")),
        (
            data.get("models", {}).get("passed", 0),
            "candidate passed the gate|candidates passed the gate",
            _page("training:models"),
        ),
        (
            data["people"]["without_role"],
            "person has no role yet|people have no role yet",
            _page("people", "role=none"),
        ),
        (data["quarantine"], "film in quarantine|films in quarantine", _page("cases:quarantine")),
    ]
    return [Notice(f"{n} {words.split('|')[n != 1]}", address) for n, words, address in counted if n]


def page_of(subject: str) -> str:
    """The address of what a job is about, where that has a page."""
    kind, _, ident = subject.partition(":")
    return _page(SUBJECT_PAGES[kind], ident=ident) if kind in SUBJECT_PAGES and ident else ""


def _page(view: str, query: str = "", ident: str = "") -> str:
    """Nothing for a view of an app that is not installed."""
    try:
        address = reverse(view, args=[ident] if ident else [])
    except NoReverseMatch:
        return ""
    return f"{address}?{query}" if query else address

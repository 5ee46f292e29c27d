"""Pages that belong to no noun: home, overview, jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from gazeapp.core import demo as demo_mode
from gazeapp.core import navigation, overview_text, pages, registry
from gazeapp.core.events import last_seq
from gazeapp.core.models import Job
from gazeapp.core.overview import overview as look_at_everything

JOBS_PER_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where somebody begins in the role that they are here as, or sign-in before it."""
    return redirect(navigation.home_of(request) if request.user.is_authenticated else "account_login")


@require_POST
@pages.signed_in
def role(request: HttpRequest) -> HttpResponse:
    """Be here in another role that one holds; it is kept until sign-out."""
    wanted = request.POST.get("role", "")
    if wanted in getattr(request.user, "roles", frozenset()):
        request.session[navigation.CHOSEN] = wanted
    return redirect("core:home")


@require_safe
@pages.signed_in
def overview(request: HttpRequest) -> HttpResponse:
    """What runs, waits and failed, and what waits for an admin; admins only. htmx asks for the parts alone."""
    user: Any = request.user
    if not user.has_role("admin"):
        raise PermissionDenied
    seen = last_seq("jobs")  # before the rows are read: what comes after that is news to the page
    data = look_at_everything(user)
    for row in data["workers"]:
        row["silent"] = row["seen_s"] > overview_text.SILENT_S
        row["started_at"] = datetime.fromisoformat(row["started_at"])
        if job := row["job"]:
            job["address"], job["share"] = overview_text.page_of(job["subject"]), _percent(job["progress"])
    for row in data["queues"]:
        row["words"] = overview_text.QUEUE_WORDS.get(row["queue"], "")
    for row in data["failures"]:
        row["address"] = overview_text.page_of(row["subject"])
    context = {**data, "seen": seen, "wrong": overview_text.wrong(data), "waits": overview_text.waits(data)}
    return pages.page_or_fragment(request, "core/overview.html", "core/overview_parts.html", context)


@require_safe
@pages.signed_in
def jobs(request: HttpRequest) -> HttpResponse:
    """What runs, what waits, what failed and why; admins only. htmx asks for the rows alone."""
    user: Any = request.user
    if not user.has_role("admin"):
        raise PermissionDenied
    state = request.GET.get("state", "")
    seen = last_seq("jobs")  # before the rows are read: what comes after that is news to the page
    rows = Job.objects.select_related("owner").order_by("-created_at", "-id")
    if state in Job.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, JOBS_PER_PAGE).get_page(request.GET.get("page"))
    lines = [
        (job, registry.words_of(job.kind), overview_text.page_of(job.subject), _percent(job.progress)) for job in page
    ]
    context = {"page": page, "seen": seen, "lines": lines, "states": Job.State.choices, "state": state}
    return pages.page_or_fragment(request, "core/jobs.html", "core/jobs_rows.html", context)


@require_safe
@pages.signed_in
def demo(request: HttpRequest) -> HttpResponse:
    """The line of one's home, or of the list ``of``, that says the demo is still being made, alone; empty when there is
    nothing to say."""
    of = request.GET.get("of", "")
    return render(
        request, "parts/demo.html", demo_mode.line(of if of in demo_mode.LISTS else navigation.role_of(request))
    )


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)

"""Pages that belong to no noun: home, jobs."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from gazeapp.core import navigation, pages
from gazeapp.core.events import last_seq
from gazeapp.core.models import Job

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
    lines = [(job, _case_of(job), None if job.progress is None else round(100 * job.progress)) for job in page]
    context = {"page": page, "seen": seen, "lines": lines, "states": Job.State.choices, "state": state}
    return pages.page_or_fragment(request, "core/jobs.html", "core/jobs_rows.html", context)


def _case_of(job: Job) -> str:
    """Id of the case that a job is about, for a link; nothing when it is about something else."""
    kind, _, ident = job.subject.partition(":")
    return ident if kind == "case" else ""

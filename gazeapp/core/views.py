"""Pages that belong to no noun: home, jobs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from gazeapp.core.models import Job

JOBS_PER_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The library, or sign-in before it."""
    return redirect("cases:library" if request.user.is_authenticated else "account_login")


@require_safe
@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """What runs, what waits, what failed and why; admins only. htmx asks for the rows alone."""
    user: Any = request.user
    if not user.has_role("admin"):
        raise PermissionDenied
    state = request.GET.get("state", "")
    rows = Job.objects.select_related("owner").order_by("-created_at")
    if state in Job.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, JOBS_PER_PAGE).get_page(request.GET.get("page"))
    lines = [(job, _case_of(job), None if job.progress is None else round(100 * job.progress)) for job in page]
    context = {"page": page, "lines": lines, "states": Job.State.choices, "state": state}
    return render(request, "core/jobs_rows.html" if request.headers.get("HX-Request") else "core/jobs.html", context)


def _case_of(job: Job) -> str:
    """Id of the case that a job is about, for a link; nothing when it is about something else."""
    kind, _, ident = job.subject.partition(":")
    return ident if kind == "case" else ""

"""Pages of practice. Adapters: guard, read, render; the reading and feedback pages ask the API for the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gazeapp.cases.models import Case, CaseSet
from gazeapp.cases.selectors import REVIEWERS, cases_visible_to, quarantined
from gazeapp.core import pages, registry
from gazeapp.core.problems import Problem
from gazeapp.practice import selectors, services
from gazeapp.practice.models import Attempt, Disagreement

ATTEMPTS_PER_PAGE = 50
ASKED_FOR = "case-asked-for"  # of the session: a next case was asked for, and waits for the questions of consent


@require_safe
@pages.signed_in
def home(request: HttpRequest) -> HttpResponse:
    """What do I do now: the next case, the session so far, what is due, the last result."""
    user = _person(request)
    session = selectors.current_session(user)
    done, begun = selectors.done_in(session) if session else 0, selectors.open_attempt(user)
    size = session.size if session else selectors.session_size(user)
    unread = selectors.unread(user)
    away = selectors.put_away(user, unread)
    context = {
        "sets": CaseSet.objects.filter(open=True).exists(),
        "begun": begun,
        "left": len(unread) - len(away),
        "away": len(away),
        "back_at": min(away.values(), default=None),
        "due": selectors.due_again(user, timezone.now()).count(),
        "size": size,
        "done": done,
        "at": min(done + 1, size),
        "next_due": selectors.due_again(user).values_list("due_at", flat=True).first(),
        "confirming": cases_visible_to(user).filter(owner=user, state=Case.State.CONFIRMING).count(),
        "latest": selectors.attempts_of(user).filter(state=Attempt.State.COMMITTED).first(),
    }
    return render(request, "practice/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@pages.signed_in
def next_case(request: HttpRequest) -> HttpResponse:
    """Go on with the open attempt, or begin the next case. A visit begins nothing new, since links are followed
    unasked; but the one that leads on from the questions of consent gives the case that was asked for before them."""
    user = _person(request)
    if request.method != "POST" and not request.session.pop(ASKED_FOR, False):
        begun = selectors.open_attempt(user)
        return redirect("practice:attempt", begun.pk) if begun else redirect("practice:home")
    try:
        attempt, _ = services.begin(user=user)
    except Problem as problem:
        if problem.kind == "consent-unanswered":
            request.session[ASKED_FOR] = True
            return redirect(f"{reverse('consent')}?next={reverse('practice:next')}")
        if problem.kind == "nothing-left":
            return redirect("practice:home")
        raise
    return redirect("practice:attempt", attempt.pk)


@require_safe
@pages.signed_in
def attempts(request: HttpRequest) -> HttpResponse:
    """Past attempts, newest first."""
    rows = selectors.attempts_of(_person(request))
    page = Paginator(rows, ATTEMPTS_PER_PAGE).get_page(request.GET.get("page"))
    return pages.page_or_fragment(request, "practice/attempts.html", "practice/attempts_list.html", {"page": page})


@require_safe
@pages.signed_in
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The reading page: a film and nothing else. A committed attempt leads to its feedback."""
    found = selectors.attempt_for(_person(request), attempt_id)
    if found.state == Attempt.State.COMMITTED:
        return redirect("practice:feedback", found.pk)
    if found.state == Attempt.State.SKIPPED:
        return redirect("practice:home")
    context = {"attempt": found, "of": found.session.size if found.session else None}
    return render(request, "practice/attempt.html", context)


@require_safe
@pages.signed_in
def feedback(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """What came of a committed attempt; an open one is read first."""
    found = selectors.attempt_for(_person(request), attempt_id)
    if found.state != Attempt.State.COMMITTED:
        return redirect("practice:attempt", found.pk)
    return render(
        request, "practice/feedback.html", {"attempt": found, "of": found.session.size if found.session else None}
    )


@require_safe
@pages.signed_in
def progress(request: HttpRequest) -> HttpResponse:
    """The curve of one's practice."""
    _person(request)
    return render(request, "practice/progress.html")


@require_safe
@pages.signed_in
def teaching(request: HttpRequest) -> HttpResponse:
    """What waits for somebody who teaches: objections to keys, drafts, cases without a key; and how the sets do."""
    user = _teacher(request)
    context = {
        "objections": selectors.open_disagreements()[:50],
        "drafts": selectors.drafts_of(user)[:50],
        "without_key": selectors.without_key(user)[:20],
        "sets": selectors.sets_at_work(),
        "quarantined": quarantined(user),
        "rating": [row for row in registry.load(registry.RATING_QUEUE)(user) if row["next"]],
    }
    return render(request, "practice/teaching.html", context)


@require_POST
@pages.signed_in
def close_objection(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody who teaches has looked at it."""
    user = _teacher(request)
    services.close_disagreement(disagreement=get_object_or_404(Disagreement, pk=pk), by=user)
    return redirect("practice:teaching")


def _teacher(request: HttpRequest) -> Any:
    user: Any = request.user
    if not user.has_role(*REVIEWERS):
        raise PermissionDenied
    return user


def _person(request: HttpRequest) -> Any:
    user: Any = request.user  # signed_in has seen to it
    if not user.has_role(*selectors.ROLES):
        raise PermissionDenied
    return user

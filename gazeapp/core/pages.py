"""How a page answers: whole, as the piece of itself that htmx puts into it, or by the way to sign-in.

A list lives at one address. A browser that goes there gets the page; htmx, which filters it, gets the list alone. Both
come from the same address, so whatever keeps answers must be told the two apart, or Back shows a list without its page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

Arguments = ParamSpec("Arguments")
ASKED_BY = ("HX-Request", "HX-History-Restore-Request")  # the request headers that an answer depends on


def asks_for_fragment(request: HttpRequest) -> bool:
    """Whether htmx wants only the list; going back in history it wants the whole page."""
    restores = request.headers.get("HX-History-Restore-Request") == "true"
    return request.headers.get("HX-Request") == "true" and not restores


def page_or_fragment(request: HttpRequest, page: str, fragment: str, context: Mapping[str, Any]) -> HttpResponse:
    """The template ``page``, or only ``fragment``, which ``page`` includes, where htmx asks for that."""
    response = render(request, fragment if asks_for_fragment(request) else page, dict(context))
    patch_vary_headers(response, ASKED_BY)
    return response


def signed_in(
    view: Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
    """A page for the signed-in; anybody else goes to sign-in and from there back to the page they came from.

    htmx would follow a redirect and put the sign-in page inside the list, so it is told to leave the page instead.
    Nothing of such a page is kept by the browser: not for the next person at this machine, and not the fragment for
    the page.
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponseBase:
        response: HttpResponseBase
        if request.user.is_authenticated:
            response = view(request, *args, **kwargs)
        else:
            response = redirect_to_login(_way_back(request))
            if asks_for_fragment(request):
                response = HttpResponse(headers={"HX-Redirect": response.url})
            patch_vary_headers(response, ASKED_BY)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return answer


def _way_back(request: HttpRequest) -> str:
    """A path that can be visited: the asked one, or for a form that was sent the page that it stands on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    sender = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(sender, {request.get_host()}):
        return urlsplit(sender)._replace(scheme="", netloc="", fragment="").geturl()
    return "/"

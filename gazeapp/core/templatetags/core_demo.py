"""The line of a home or a list that says the demo is still being made."""

from __future__ import annotations

from typing import Any

from django import template

from gazeapp.core import demo, navigation

register = template.Library()


@register.inclusion_tag("parts/demo.html", takes_context=True)
def demo_line(context: dict[str, Any], of: str = "") -> dict[str, Any]:
    """Nothing outside of demo mode, and once all is there that the list, or else the home of the role, waits for."""
    return demo.line(of or navigation.role_of(context["request"]))

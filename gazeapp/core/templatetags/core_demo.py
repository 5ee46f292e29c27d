"""The line of a home that says the demo is still being made."""

from __future__ import annotations

from typing import Any

from django import template

from gazeapp.core import demo, navigation

register = template.Library()


@register.inclusion_tag("parts/demo.html", takes_context=True)
def demo_line(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing outside of demo mode, and once all is there that the role waits for."""
    return demo.line(navigation.role_of(context["request"]))

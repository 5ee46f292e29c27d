"""Filters of the case library."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from gazeapp.cases.models import Case


class CaseFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="by_words", max_length=100, label="Every word, in title, note or report.")
    state = django_filters.MultipleChoiceFilter(choices=Case.State.choices)
    simulated = django_filters.BooleanFilter()
    published = django_filters.BooleanFilter()
    owner = django_filters.ChoiceFilter(choices=[("me", "me")], method="by_owner", label="me: only your own.")

    class Meta:
        model = Case
        fields = ("search", "state", "simulated", "published", "owner")

    def by_words(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        for word in value.split()[:10]:
            queryset = queryset.filter(Q(title__icontains=word) | Q(note__icontains=word) | Q(report__icontains=word))
        return queryset

    def by_owner(self, queryset: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        user: Any = self.request.user if self.request is not None else None
        return queryset.filter(owner=user) if value == "me" else queryset

"""Record pages for admins."""

from __future__ import annotations

from django.contrib import admin

from gazeapp.cases.models import AnswerKey, CaseSet, Finding, SetCase
from gazeapp.core.admin import ReadOnly


@admin.register(AnswerKey)
class AnswerKeyAdmin(ReadOnly):
    list_display = ("created_at", "case", "version", "state", "normal", "author", "approved_at", "approved_by")
    list_filter = ("state", "normal")
    search_fields = ("id", "case__id", "case__title")


@admin.register(Finding)
class FindingAdmin(ReadOnly):
    list_display = ("key", "number", "label", "importance")
    list_filter = ("importance",)
    search_fields = ("label", "key__id")


@admin.register(CaseSet)
class CaseSetAdmin(ReadOnly):
    list_display = ("created_at", "name", "owner", "open", "simulated", "opened_at", "closed_at")
    list_filter = ("open", "simulated")
    search_fields = ("id", "name")


@admin.register(SetCase)
class SetCaseAdmin(ReadOnly):
    list_display = ("case_set", "position", "case", "added_by", "agreed", "agreed_by", "agreed_at")
    list_filter = ("agreed",)
    search_fields = ("case_set__id", "case__id")

"""Studies and rating over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases.selectors import cases_open_to
from gazeapp.core.permissions import IsFacultyOrAdmin
from gazeapp.core.tables import csv_answer
from gazeapp.ratings import board, representations, results, selectors, services
from gazeapp.ratings.models import Assignment, Study
from gazeapp.ratings.serializers import (
    AddRaterSerializer,
    NewStudySerializer,
    OfferedAskedSerializer,
    OfferedSerializer,
    RatingChoicesSerializer,
    RatingDraftSerializer,
    RatingItemSerializer,
    RatingNextSerializer,
    RatingQueueSerializer,
    RatingSavedSerializer,
    RatingSubmitSerializer,
    StudyBoardSerializer,
    StudyChangeSerializer,
    StudyResultsSerializer,
    StudyRowSerializer,
    StudySerializer,
)


class _Ratings(APIView):
    permission_classes = (IsFacultyOrAdmin,)

    def own(self, request: Request, study_id: Any) -> Study:
        return selectors.own_study_for(request.user, study_id)

    def represented(self, request: Request, study: Study, status: int = 200) -> Response:
        now = selectors.study_for(request.user, study.pk)
        return Response(StudySerializer(representations.study_dict(request.user, now)).data, status)


class StudyList(ListAPIView[Study]):
    """Your studies and those that are closed, newest first; and the door for new ones."""

    permission_classes = (IsFacultyOrAdmin,)
    serializer_class = StudyRowSerializer
    queryset = Study.objects.none()

    def get_queryset(self) -> QuerySet[Study]:
        return representations.listed(self.request.user, selectors.studies_for(self.request.user))

    @extend_schema(request=NewStudySerializer, responses={201: StudySerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        new = NewStudySerializer(data=request.data)
        new.is_valid(raise_exception=True)
        study = services.make_study(by=request.user, **new.validated_data)
        return Response(StudySerializer(representations.study_dict(request.user, study)).data, 201)


class StudyDetail(_Ratings):
    """One study with its plan."""

    @extend_schema(responses=StudySerializer)
    def get(self, request: Request, study_id: Any) -> Response:
        return self.represented(request, selectors.study_for(request.user, study_id))

    @extend_schema(request=StudyChangeSerializer, responses=StudySerializer)
    def patch(self, request: Request, study_id: Any) -> Response:
        """Change the plan, until it starts."""
        study = self.own(request, study_id)
        sent = StudyChangeSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        chosen = given.pop("sources", None)
        return self.represented(request, services.change_study(study=study, by=request.user, chosen=chosen, **given))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, study_id: Any) -> Response:
        """Throw a plan away. What has started stays."""
        services.delete_study(study=self.own(request, study_id), by=request.user)
        return Response(status=204)


class StudyOffered(_Ratings):
    """What there is of cases that the study may take: readings, an answer key."""

    @extend_schema(parameters=[OfferedAskedSerializer], responses=OfferedSerializer)
    def get(self, request: Request, study_id: Any) -> Response:
        study = self.own(request, study_id)
        asked = OfferedAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        cases = list(cases_open_to(request.user).filter(pk__in=asked.validated_data["case"]))
        return Response({"cases": representations.offered(study, cases)})


class RatingChoices(_Ratings):
    """Who may rate, which model versions there are, and the kinds of source."""

    @extend_schema(responses=RatingChoicesSerializer)
    def get(self, request: Request) -> Response:
        return Response(RatingChoicesSerializer(selectors.choices()).data)


class StudyStart(_Ratings):
    """Freeze the plan and give the raters their items. 409 `study-cannot-start` has all `reasons` at once."""

    @extend_schema(request=None, responses=StudySerializer)
    def post(self, request: Request, study_id: Any) -> Response:
        return self.represented(request, services.start(study=self.own(request, study_id), by=request.user))


class StudyClose(_Ratings):
    """Take no more answers and open the results."""

    @extend_schema(request=None, responses=StudySerializer)
    def post(self, request: Request, study_id: Any) -> Response:
        return self.represented(request, services.close(study=self.own(request, study_id), by=request.user))


class StudyRaters(_Ratings):
    """One rater more, also while the study runs."""

    @extend_schema(request=AddRaterSerializer, responses={201: StudySerializer})
    def post(self, request: Request, study_id: Any) -> Response:
        study = self.own(request, study_id)
        sent = AddRaterSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        services.add_rater(study=study, user_id=given["user"], by=request.user, although_known=given["although_known"])
        return self.represented(request, study, 201)


class StudyRaterDrop(_Ratings):
    """They rate no more; what they have answered stays."""

    @extend_schema(request=None, responses=StudySerializer)
    def post(self, request: Request, study_id: Any, user_id: int) -> Response:
        study = self.own(request, study_id)
        rater = study.raters.filter(user_id=user_id).first()
        if rater is None:
            raise Http404
        services.drop_rater(study=study, rater=rater, by=request.user)
        return self.represented(request, study)


class StudyBoard(_Ratings):
    """Raters and items: who has rated what, and what holds the study up. No answer and no source. While you rate films
    of the study, in this one or another, it is `blind`: how far each rater was at midnight, without items."""

    @extend_schema(responses=StudyBoardSerializer)
    def get(self, request: Request, study_id: Any) -> Response:
        study = self.own(request, study_id)
        return Response(board.board_of(study, blind=selectors.rates_films_of(request.user, study)))


class StudyResults(_Ratings):
    """What came of a closed study. For training, not for diagnosis."""

    @extend_schema(responses=StudyResultsSerializer)
    def get(self, request: Request, study_id: Any) -> Response:
        study = selectors.closed_study_for(request.user, study_id)
        data = StudySerializer(representations.study_dict(request.user, study)).data
        return Response({"study": data, "results": services.results_of(study), **results.around(study)})


class StudyResultsTable(_Ratings):
    """The results as CSV."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, study_id: Any) -> HttpResponse:
        study = selectors.closed_study_for(request.user, study_id)
        return csv_answer("results", results.result_rows(services.results_of(study)))


class StudyAnswersTable(_Ratings):
    """Every answer as CSV, raters by pseudonym; `counts` is 1 for the newest of a showing."""

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, study_id: Any) -> HttpResponse:
        study = selectors.closed_study_for(request.user, study_id)
        return csv_answer("answers", results.answer_rows(study))


class RatingQueue(_Ratings):
    """The studies in which you rate, and what comes next in each."""

    @extend_schema(responses=RatingQueueSerializer)
    def get(self, request: Request) -> Response:
        return Response({"studies": selectors.queue(request.user)})


class RatingItem(_Ratings):
    """One item to rate, blind."""

    @extend_schema(responses=RatingItemSerializer)
    def get(self, request: Request, assignment_id: Any) -> Response:
        """Show it. 410 `path-gone`: it was withdrawn; go on with `next`."""
        assignment = selectors.assignment_for(request.user, assignment_id)
        fixations = services.show(assignment=assignment)
        return _unkept(Response(representations.item_dict(assignment, fixations)))


class RatingDraft(_Ratings):
    """Keep the answers so far."""

    @extend_schema(request=RatingDraftSerializer, responses=RatingSavedSerializer)
    def put(self, request: Request, assignment_id: Any) -> Response:
        assignment = selectors.assignment_for(request.user, assignment_id)
        sent = RatingDraftSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        services.save_draft(assignment=assignment, draft=sent.validated_data)
        return Response({"saved_at": timezone.now()})


class RatingSubmit(_Ratings):
    """Submit: the item is locked. The same sent again is harmless; other answers are sent as a `correction`."""

    @extend_schema(request=RatingSubmitSerializer, responses=RatingNextSerializer)
    def post(self, request: Request, assignment_id: Any) -> Response:
        assignment: Assignment = selectors.assignment_for(request.user, assignment_id)
        sent = RatingSubmitSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        answers = dict(sent.validated_data)
        seconds, correction = answers.pop("seconds"), answers.pop("correction")
        services.submit(assignment=assignment, answers=answers, seconds=seconds, correction=correction)
        return Response(selectors.next_of(assignment.rater))


def _unkept(response: Response) -> Response:
    """Consent is asked each time, so no browser keeps what it was shown."""
    response["Cache-Control"] = "private, no-store"
    return response

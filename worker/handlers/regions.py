"""Finding the named regions of a film: once a film and model version."""

from __future__ import annotations

from gazeapp.cases.storage import film_pixels
from gazeapp.core.lease import Lease
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import services
from gazeapp.scanpaths.models import FilmRegions
from ml.demo.regions import find_regions
from worker import predictors


def regions(lease: Lease) -> None:
    row = FilmRegions.objects.filter(pk=lease.inputs["regions"]).first()
    if row is None or row.boxes is not None:  # a worker that died after its result was stored
        lease.finish()
        return
    try:
        film = film_pixels(row.film_sha256)
    except Exception as error:  # the film was deleted while the job waited
        raise Problem("case-gone", "The film was deleted before its regions were found.", code=410) from error
    model = predictors.predictor(row.model_sha256)
    found = find_regions(model, film)
    boxes = {name: list(box) for name, box in found.boxes.items()}
    lease.finish(lambda: services.store_regions(regions=row, boxes=boxes, problem=found.problem))

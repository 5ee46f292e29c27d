"""Findings: found on the film and in the report, and where the two agree."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml.demo import report_stage, targets
from ml.medgaze.config import ConfigError
from ml.medgaze.geometry import FilmTransform
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from ml.medgaze.processing import MedGazeProcessor
from ml.simulator.findings import Finding
from ml.simulator.regions import REGIONS
from ml.simulator.reports import Report
from tests.ml.kit import autoregressive_config, batch, likelihood_config

KINDS = len(targets.GROUPS)
ROUND, HAZY, PLEURAL = range(KINDS)
DOUBT, KNOWN = KINDS, KINDS + 1


# --- what the simulator lends


def test_a_report_states_kind_and_doubt_of_each_region_it_names() -> None:
    report = Report("", ("left lung", "both base", "heart"), (), (1.7, 0.5, 1.0))
    findings = [Finding("nodule", "left lung", (), 0.9), Finding("effusion", "both base", (), 0.9)]
    facts = targets.stated_facts(report, findings)
    pairs = {(REGIONS[row], column) for row, column in zip(*np.nonzero(facts), strict=True)}
    assert pairs == {
        ("left lung", ROUND), ("left lung", DOUBT),
        ("right base", PLEURAL), ("right base", KNOWN), ("left base", PLEURAL), ("left base", KNOWN),
    }  # fmt: skip


def test_what_is_said_of_one_region_of_a_pair_stays_there() -> None:
    """Doubt about the right base is none about the left, though both are named together afterwards."""
    facts = targets.stated_facts(Report("", ("right base", "both base"), (), (1.7, 0.5)), [])
    assert facts[REGIONS.index("right base"), DOUBT:].tolist() == [1, 1]
    assert facts[REGIONS.index("left base"), DOUBT:].tolist() == [0, 1]


def test_a_small_finding_is_a_target_of_the_cell_that_holds_it() -> None:
    """A nodule of .05 x .05 in a cell of .25: a 25th of the cell, and the whole of the nodule."""
    found = np.full((1, 2, 4), np.nan, np.float32)
    found[0, 0] = (0.3, 0.05, 0.35, 0.10)
    shares = targets.finding_shares(found, np.array([[ROUND, HAZY]], np.int8), 4)
    assert shares.shape == (1, 16, KINDS)
    assert shares[0, 1, ROUND] == pytest.approx(1.0, abs=1e-5) and shares.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_large_finding_fills_the_cells_it_covers() -> None:
    """A box over the left half of a 2 x 2 grid and half of each right cell."""
    found = np.array([[[0.0, 0.0, 0.75, 1.0]]], np.float32)
    shares = targets.finding_shares(found, np.array([[HAZY]], np.int8), 2)[0, :, HAZY]
    assert shares.tolist() == pytest.approx([1.0, 0.5, 1.0, 0.5])


def test_what_cannot_be_seen_has_no_box() -> None:
    unseen, seen = Finding("mass", "lungs", ((0, 0, 1, 1),), 0.0), Finding("mass", "", ((0.2, 0.2, 0.4, 0.4),), 0.6)
    transform = FilmTransform.fit(100, 100, 64, letterbox=True)
    boxes, groups = targets.finding_boxes([unseen, seen], transform)
    assert boxes[0] == pytest.approx([0.2, 0.2, 0.4, 0.4]) and groups[0] == ROUND
    assert np.isnan(boxes[1:]).all()


# --- where they agree


def test_findings_need_regions() -> None:
    with pytest.raises(ConfigError, match="set region_match"):
        likelihood_config(finding_match=2)


def test_a_model_with_findings_learns_them_and_says_them_again_when_loaded(tmp_path: object) -> None:
    config = autoregressive_config(region_match=3, finding_match=2)
    model = MedGazeModel.build(config)
    inputs = batch(config)
    aux = {
        "cell_findings": torch.rand(2, config.vision.grid_tokens, 2).round(),
        "asserted_findings": torch.rand(2, 3, 4).round(),
    }
    inputs["aux"] = {**inputs.get("aux", {}), **aux}
    losses = model(**inputs).losses
    assert {"cell_findings", "asserted_findings"} <= set(losses)
    model.save_pretrained(str(tmp_path))
    again = MedGazeModel.from_pretrained(str(tmp_path))
    model.train(False)
    with torch.no_grad():
        assert torch.equal(model(**inputs).loss, again(**inputs).loss)


def test_what_the_report_speaks_of_marks_the_cell_where_it_can_be_seen_and_no_other() -> None:
    """Two regions that are everywhere, one kind that is seen in cell 0 only; the report asserts it or does not: the
    sum over a token's numbers of what is added where both agree is 1 there and 0 elsewhere."""
    config = autoregressive_config(region_match=2, finding_match=1)
    grounding = MedGazeModel.build(config).grounding
    assert grounding is not None and grounding.cell_finding_head is not None and grounding.finding_embedding is not None
    with torch.no_grad():
        for part in (
            grounding.cell_region_head,
            grounding.cell_finding_head,
            grounding.cell_region_embedding,
            grounding.asserted_region_embedding,
            grounding.finding_embedding,
        ):
            part.weight.zero_()
            if part.bias is not None:
                part.bias.zero_()
        grounding.cell_region_head.bias.fill_(20.0)  # every cell lies in both regions
        grounding.cell_finding_head.weight[0, 0] = 40.0
        grounding.cell_finding_head.bias.fill_(-20.0)  # a cell whose first number is 1 shows a finding
        grounding.finding_embedding.weight[0, 1] = 1.0  # visible and asserted
        film = torch.zeros(1, config.vision.grid_tokens, config.width)
        film[0, 0, 0] = 1.0
        columns = 2 * (1 + 1 + 2)
        for asserted in (True, False):
            read = torch.full((1, columns), -20.0)
            if asserted:
                read[0, 2] = 20.0  # of the first region: that kind
            grounding.report_labeller.forward = lambda text, mask, read=read: read  # type: ignore[method-assign]
            out, _ = grounding(film, torch.zeros(1, 1, config.language.width), torch.ones(1, 1))
            added = (out - film)[0, :, 0]
            assert added[0] == pytest.approx(float(asserted), abs=1e-4) and added[1:].abs().max() < 1e-4


# --- the report labeller


def test_invented_reports_differ_and_assert_what_they_name() -> None:
    made = [report_stage.simulate_report(np.random.default_rng([1, number])) for number in range(100)]
    assert len({report.text for report, _ in made}) > 90
    for report, findings in made:
        assert {f.place for f in findings} <= set(report.asserted)


def test_the_labeller_learns_from_invented_reports_and_is_left_frozen() -> None:
    config = preset(
        "demo", image_size=64, cnn_widths=[8, 16, 16, 32], backbone_width=32, width=32, attention_heads=2,
        feedforward_width=64, language_reference="random:tiny-bert", language_width=16, max_text_tokens=64,
        region_match=len(REGIONS), finding_match=KINDS,
    )  # fmt: skip
    model, processor = MedGazeModel.build(config, seed=1), MedGazeProcessor.from_config(config)
    sentences = report_stage.prepare_sentences(model, processor, count=24, seed=3)
    assert model.grounding is not None
    before = report_stage.train_report_labeller(model, sentences, steps=20, seed=0)
    after = report_stage.train_report_labeller(model, sentences, steps=80, seed=0)
    assert after < 0.5 * before
    assert not any(parameter.requires_grad for parameter in model.grounding.report_labeller.parameters())

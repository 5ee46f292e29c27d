"""Stage 1, vision to report (VR2): MedFormer learns to say what a film's report says, before any gaze is seen.

The BLIP-2 stage-1 recipe, equal weights: contrast of films and reports (ITC), do they belong together (ITM), and
writing the report from the queries (LM). Encoder, projection and MedFormer carry the names they have in
:class:`MedGazeModel`, so that :mod:`ml.training.stage1` takes them over as they are; the text branch and the heads stay
behind.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import ModelOutput

from ml.medgaze import assets
from ml.medgaze.backbone import referenced_backbone, resnet_map, trainable_backbone
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.encoder import VisualEncoder
from ml.medgaze.medformer import MedFormer, bert_tensors

CONTRAST_WIDTH = 256  # size of the space films and reports are compared in
TEMPERATURE = 0.07  # of the contrast, at the start; learned
LABEL_SMOOTHING = 0.1  # of contrast and writing
IGNORED = -100  # label of a padded word


@dataclass
class VR2Output(ModelOutput):
    """``loss`` is the plain sum of the three ``losses``: itc, itm, lm."""

    loss: Tensor | None = None
    losses: dict[str, Tensor] | None = None


class VR2Model(PreTrainedModel):
    """Films (B, C, S, S) and their reports (B, T) in MedFormer's own words -> the three losses.

    Words are ids of MedFormer's vocabulary (BERT's): the first is a start mark ([CLS]) that the writing task replaces
    by the vocabulary's last id ([DEC]).
    """

    config_class = MedGazeConfig
    config: MedGazeConfig
    base_model_prefix = "vr2"
    main_input_name = "pixel_values"

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__(config)
        if config.vision.medformer != "qformer":
            raise ValueError("stage 1 trains MedFormer: medformer must be 'qformer'")
        width, words = config.vision.medformer_width, config.vision.medformer_vocab_size
        self._frozen_backbone: list[PreTrainedModel] = []  # in a list it is no submodule: not trained, not saved
        self.backbone = trainable_backbone(config)
        self.vision = VisualEncoder(config)
        self.medformer = MedFormer(config, text=True)
        self.words = nn.Embedding(words, width)
        self.word_places = nn.Embedding(512, width)
        self.film_contrast = nn.Linear(width, CONTRAST_WIDTH)
        self.text_contrast = nn.Linear(width, CONTRAST_WIDTH)
        self.match = nn.Linear(width, 2)
        self.write_hidden = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.write_bias = nn.Parameter(torch.zeros(words))
        self.log_temperature = nn.Parameter(torch.tensor(TEMPERATURE).log())
        self.post_init()  # type: ignore[no-untyped-call]

    @classmethod
    def build(cls, config: MedGazeConfig, *, seed: int = 0) -> Self:
        """A new model with seeded weights, MedFormer started from BERT where the configuration names one."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = cls(config)
            if config.vision.medformer_init is not None:
                model._start_from_bert(assets.resolve(config.vision.medformer_init))
        return model.load_frozen_parts()

    def _start_from_bert(self, asset: assets.Asset) -> None:
        """MedFormer's layers, words and word places from BERT; [DEC], which BERT lacks, keeps its random start.

        BERT adds the embedding of the first segment to every word. Without it reports come out as others than BERT's
        (cosine .65 for MiniLM) and more alike, so it goes into the places.
        """
        self.medformer.load_bert(asset)
        bert = bert_tensors(asset)
        for own, name in ((self.words, "word_embeddings"), (self.word_places, "position_embeddings")):
            given = bert[f"embeddings.{name}.weight"][: own.num_embeddings]
            own.weight.data[: len(given)] = given
        self.word_places.weight.data += bert["embeddings.token_type_embeddings.weight"][0]

    def load_frozen_parts(self) -> Self:
        """Load the referenced backbone, where there is one."""
        backbone = None if self._frozen_backbone else referenced_backbone(self.config)
        if backbone is not None:
            nn.Module.to(backbone, self.device)
            self._frozen_backbone.append(backbone)
        return self

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, folder: Any, *args: Any, **kwargs: Any
    ) -> Self:
        """A stage-1 checkpoint to go on from: safetensors only."""
        kwargs.setdefault("local_files_only", os.environ.get("HF_HUB_OFFLINE", "1") != "0")
        kwargs.setdefault("dtype", torch.float32)
        model: Self = super().from_pretrained(folder, *args, use_safetensors=True, **kwargs)
        return model.load_frozen_parts()

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for model in self._frozen_backbone:
            model._apply(fn)  # type: ignore[no-untyped-call]
        return self

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)  # type: ignore[no-untyped-call]
        if isinstance(module, MedFormer):
            init.normal_(module.queries, std=self.config.initializer_range)
        elif module is self:
            init.zeros_(self.write_bias)
            init.constant_(self.log_temperature, float(torch.tensor(TEMPERATURE).log()))

    # --- the three tasks

    def forward(
        self,
        pixel_values: Tensor | None = None,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        generator: torch.Generator | None = None,
        *,
        image_features: Tensor | None = None,
    ) -> VR2Output:
        """``attention_mask`` (B, T) 1 on words. ``generator`` seeds the choice of wrong pairs for ITM.

        ``image_features`` (B, C', g, g), kept from a frozen backbone, may stand for the pixels.
        """
        if input_ids is None or attention_mask is None or (pixel_values is None and image_features is None):
            raise ValueError("give input_ids, attention_mask, and pixel_values or image_features")
        if image_features is None and pixel_values is not None:
            image_features = self._features(pixel_values)
        film = self.vision(image_features)
        queries = self.medformer.queries.expand(len(film), -1, -1)
        film_states = self._run(queries, None, None, film, "alone")
        report_state = self._run(None, input_ids, attention_mask, None, "alone")[:, 0]
        similarity = self._similarity(film_states, report_state)
        losses = {
            "itc": self._contrast(similarity),
            "itm": self._matching(queries, film, input_ids, attention_mask, similarity, generator),
            "lm": self._writing(queries, film, input_ids, attention_mask),
        }
        return VR2Output(
            loss=torch.stack(list(losses.values())).sum(), losses={name: loss.detach() for name, loss in losses.items()}
        )

    def _features(self, pixels: Tensor) -> Tensor:
        if self.backbone is not None:
            features: Tensor = self.backbone(pixels)
            return features
        return resnet_map(self._frozen_backbone[0], pixels)

    def _run(
        self, queries: Tensor | None, ids: Tensor | None, mask: Tensor | None, film: Tensor | None, who_sees: str
    ) -> Tensor:
        """MedFormer over [queries ; words] -> (B, K + T, W).

        ``who_sees``: ``alone``, only one kind is there; ``both``, all see all; ``writing``, queries see queries, a
        word sees the queries and the words up to itself.
        """
        qformer = self.medformer.qformer
        parts = [] if queries is None else [queries]
        if ids is not None:
            places = self.word_places.weight[: ids.shape[1]]
            parts.append(self.words(ids) + places)
        count = 0 if queries is None else queries.shape[1]
        x = qformer.dropout(qformer.layernorm(torch.cat(parts, 1)))
        visible = torch.ones(len(x), 1, x.shape[1], x.shape[1], dtype=torch.bool, device=x.device)
        if mask is not None:
            visible[..., count:] &= (mask > 0)[:, None, None, :]
        if who_sees == "writing":
            visible[:, :, :count, count:] = False
            length = x.shape[1] - count
            visible[:, :, count:, count:] &= torch.ones(length, length, dtype=torch.bool, device=x.device).tril()
        bias = torch.zeros(visible.shape, dtype=x.dtype, device=x.device)
        bias = bias.masked_fill(~visible, torch.finfo(x.dtype).min)
        out: Tensor = qformer.encoder(
            x, attention_mask=bias, encoder_hidden_states=film, query_length=count
        ).last_hidden_state
        return out

    def _similarity(self, film_states: Tensor, report_state: Tensor) -> Tensor:
        """(B, K, W) and (B, W) -> (B films, B reports): the best query's cosine, over the learned temperature."""
        films = F.normalize(self.film_contrast(film_states), dim=-1)
        reports = F.normalize(self.text_contrast(report_state), dim=-1)
        return torch.einsum("fkc,rc->frk", films, reports).amax(-1) / self.log_temperature.exp()

    def _contrast(self, similarity: Tensor) -> Tensor:
        own = torch.arange(len(similarity), device=similarity.device)
        there = F.cross_entropy(similarity, own, label_smoothing=LABEL_SMOOTHING)
        return (there + F.cross_entropy(similarity.T, own, label_smoothing=LABEL_SMOOTHING)) / 2

    def _matching(
        self,
        queries: Tensor,
        film: Tensor,
        ids: Tensor,
        mask: Tensor,
        similarity: Tensor,
        generator: torch.Generator | None,
    ) -> Tensor:
        """Each true pair against a wrong report for the film and a wrong film for the report, hard ones oftener."""
        count = len(film)
        films, reports = torch.arange(count), torch.arange(count)
        if count > 1:
            logits = similarity.detach().float().cpu().fill_diagonal_(float("-inf"))
            wrong_reports = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
            wrong_films = torch.multinomial(logits.T.softmax(1), 1, generator=generator)[:, 0]
            films = torch.cat([films, films, wrong_films])
            reports = torch.cat([reports, wrong_reports, reports])
        films, reports = films.to(film.device), reports.to(film.device)
        joint = self._run(queries[:1].expand(len(films), -1, -1), ids[reports], mask[reports], film[films], "both")
        logits = self.match(joint[:, : queries.shape[1]]).mean(1)
        return F.cross_entropy(logits, (films == reports).long())

    def _writing(self, queries: Tensor, film: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        given = ids.clone()
        given[:, 0] = self.config.vision.medformer_vocab_size - 1
        states = self._run(queries, given, mask, film, "writing")[:, queries.shape[1] :]
        logits = F.linear(self.write_hidden(states), self.words.weight, self.write_bias)
        labels = ids.masked_fill(mask == 0, IGNORED)[:, 1:]
        return F.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels.flatten(), ignore_index=IGNORED, label_smoothing=LABEL_SMOOTHING
        )

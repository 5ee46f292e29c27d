"""From pixels to a map of visual features: a frozen, referenced ResNet-50 or a small CNN that trains with the model."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

from ml.medgaze.assets import Asset, AssetMissing, resolve
from ml.medgaze.config import MedGazeConfig


class ResidualStage(nn.Module):
    """Halves the map, then one residual block. (B, C, H, W) -> (B, C', H/2, W/2).

    Group norm, not batch norm: each film is normalised by itself, so a model that learnt on phantoms meets real films
    on its own terms, and a batch of one gives what a batch of many gives.
    """

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        groups = 8 if outside % 8 == 0 else 1
        self.down = nn.Conv2d(inside, outside, 3, stride=2, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(groups, outside)
        self.block = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.norm2 = nn.GroupNorm(groups, outside)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.norm1(self.down(x)))
        return torch.relu(x + self.norm2(self.block(x)))


class SmallCNN(nn.Module):
    """One stride-2 stage a width. pixels (B, C, S, S) -> (B, widths[-1], S/stride, S/stride)."""

    def __init__(self, channels: int, widths: list[int]) -> None:
        super().__init__()
        stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 5, stride=2, padding=2, bias=False),
            nn.GroupNorm(8 if widths[0] % 8 == 0 else 1, widths[0]),
            nn.ReLU(),
        )
        stages = (ResidualStage(a, b) for a, b in zip(widths, widths[1:], strict=False))
        self.stages = nn.Sequential(stem, *stages)

    def forward(self, pixels: Tensor) -> Tensor:
        out: Tensor = self.stages(pixels)
        return out


def trainable_backbone(config: MedGazeConfig) -> nn.Module | None:
    """The backbone that belongs to the checkpoint, or None where it is frozen and referenced."""
    return SmallCNN(config.vision.image_channels, config.vision.cnn_widths) if config.vision.backbone == "cnn" else None


def referenced_backbone(config: MedGazeConfig) -> PreTrainedModel | None:
    """The frozen ResNet that the configuration names, its digest checked, or written there at the first load; None
    where the backbone is trained."""
    vision = config.vision
    if vision.backbone != "resnet50":
        return None
    if vision.backbone_reference is None:
        raise AssetMissing("backbone_reference is not set")
    asset = resolve(vision.backbone_reference, vision.backbone_sha256)
    vision.backbone_sha256 = asset.sha256
    return frozen_resnet(asset)


def frozen_resnet(asset: Asset) -> PreTrainedModel:
    """The ResNet of ``asset``, in evaluation mode and without gradients; its last map is what the encoder reads."""
    if asset.folder is not None:
        loaded = AutoModel.from_pretrained(asset.folder, use_safetensors=True, local_files_only=True)
        return cast(PreTrainedModel, loaded.requires_grad_(False).eval())
    assert asset.random is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = AutoModel.from_config(AutoConfig.for_model(**asset.random))  # type: ignore[no-untyped-call]
    return cast(PreTrainedModel, model.requires_grad_(False).eval())


def resnet_map(model: PreTrainedModel, pixels: Tensor) -> Tensor:
    """pixels (B, 3, S, S) -> (B, 2048, S/32, S/32), without gradients."""
    with torch.no_grad():
        return cast(Tensor, model(pixels.to(model.dtype)).last_hidden_state.float())

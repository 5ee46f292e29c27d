"""EGD-CXR's folders ``audio_segmentation_transcripts/<dicom_id>/``: words with their times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ml.data.types import DataError, Report, Sentence

FOLDER = "audio_segmentation_transcripts"


def transcript(root: Path, key: str) -> Report | None:
    """What was dictated over a film, by sentence: one ends at a phrase with a full stop. None where nothing was."""
    path = root / FOLDER / key / "transcript.json"
    if not path.is_file():
        return None
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8-sig"))
        phrases = [
            (str(p["phrase"]).strip(), float(p["begin_time"]), float(p["end_time"]))
            for p in content.get("time_stamped_text", [])
        ]
        full = " ".join(str(content.get("full_text") or "").split())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path}: not a transcript ({error!r}); get the file anew") from None
    sentences: list[Sentence] = []
    words: list[str] = []
    start = 0.0
    for index, (phrase, begins, ends) in enumerate(phrases):
        start = start if words else begins
        words.append(phrase)
        if phrase.endswith(".") or index == len(phrases) - 1:
            sentences.append(Sentence(" ".join(words), start, ends))
            words = []
    text = full or " ".join(s.text for s in sentences)
    return Report(text, tuple(sentences)) if text else None

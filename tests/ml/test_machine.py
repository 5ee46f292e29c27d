"""What suits the machine: threads that wait for a moment, and the dtype that suits the CPU."""

from __future__ import annotations

import pytest
import torch

from ml.medgaze.machine import inference_dtype, limit_spinning


def test_what_the_environment_says_of_waiting_stands() -> None:
    said, silent = {"GOMP_SPINCOUNT": "7"}, dict[str, str]()
    limit_spinning(said)
    limit_spinning(silent)
    assert said == {"GOMP_SPINCOUNT": "7"}
    assert 0 < int(silent["GOMP_SPINCOUNT"]) < 300_000  # the library's own default


@pytest.mark.parametrize(
    ("can", "named", "device", "wanted"),
    [
        ({"avx512_bf16": True}, "float32", "cpu", "bfloat16"),
        ({"amx_bf16": True}, "float32", "cpu", "bfloat16"),
        ({"avx512_f": True, "avx512_bf16": False}, "float32", "cpu", "float32"),
        ({"avx512_bf16": True}, "float32", "cuda", "float32"),
        ({"avx512_bf16": True}, "int8", "cpu", "int8"),
    ],
)
def test_only_a_cpu_that_multiplies_bfloat16_reads_in_it(
    monkeypatch: pytest.MonkeyPatch, can: dict[str, bool], named: str, device: str, wanted: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert inference_dtype(named, device) == wanted

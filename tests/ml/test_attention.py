"""Attention: the same sums whichever way they are taken."""

from __future__ import annotations

import pytest
import torch

from ml.medgaze.layers import attend


@pytest.mark.parametrize("masked", [False, True])
def test_attention_with_gradients_equals_pytorchs_own(masked: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(2, 3, n, 8, generator=generator).requires_grad_() for n in (5, 7, 7))
    mask = torch.rand(2, 1, 1, 7, generator=generator) > 0.3 if masked else None
    theirs = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    ours = attend(query, key, value, mask, 0.0)
    assert torch.allclose(ours, theirs, atol=1e-6)
    wanted = torch.autograd.grad(theirs.square().sum(), (query, key, value))
    for ours_too, theirs_too in zip(torch.autograd.grad(ours.square().sum(), (query, key, value)), wanted, strict=True):
        assert torch.allclose(ours_too, theirs_too, atol=1e-5)


def test_attention_drops_out_while_training() -> None:
    query = torch.zeros(1, 1, 4, 8, requires_grad=True)
    value = torch.ones(1, 1, 50, 8)
    torch.manual_seed(0)
    assert attend(query, torch.zeros(1, 1, 50, 8), value, None, 0.5).std() > 0
    assert torch.allclose(attend(query, torch.zeros(1, 1, 50, 8), value, None, 0.0), torch.ones(1, 1, 4, 8))

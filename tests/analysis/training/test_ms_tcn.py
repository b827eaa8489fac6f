from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from analysis.training.ms_tcn import MSTCN, loss_of  # noqa: E402 - torch may be absent


def small(labels: int = 2) -> MSTCN:
    torch.manual_seed(0)
    return MSTCN(3, labels=labels, width=12, layers=4, stages=2)


def test_every_stage_says_something_of_every_frame() -> None:
    stages = small(labels=5)(torch.randn(2, 30, 3), torch.ones(2, 30, dtype=torch.bool))
    assert [tuple(stage.shape) for stage in stages] == [(2, 30, 5)] * 3


def test_padding_changes_nothing() -> None:
    network = small().eval()
    sequence = torch.randn(1, 20, 3)
    alone = network(sequence, torch.ones(1, 20, dtype=torch.bool))[-1]
    padded = torch.cat([sequence, 9.0 * torch.ones(1, 15, 3)], dim=1)
    frames = torch.arange(35)[None] < 20
    assert torch.allclose(network(padded, frames)[-1][:, :20], alone, atol=1e-5)


def test_frames_without_a_label_pull_at_nothing() -> None:
    logits = torch.randn(1, 6, 2, requires_grad=True)
    truth = torch.tensor([[0, 0, 0, -1, -1, -1]])
    loss_of([logits], truth).backward()
    assert logits.grad is not None
    assert torch.equal(logits.grad[:, 3:], torch.zeros(1, 3, 2))
    assert logits.grad[:, :3].abs().sum() > 0


def test_jumping_about_costs_more_than_staying() -> None:
    truth = torch.tensor([[0, 0, 0, 0]])
    calm = torch.tensor([[[0.0, 2.0], [0.0, 2.0], [2.0, 0.0], [2.0, 0.0]]])
    restless = calm[:, [0, 2, 1, 3]]
    assert loss_of([restless], truth) > loss_of([calm], truth)


def test_it_learns_where_a_signal_changes() -> None:
    network = small()
    truth = (torch.arange(40)[None] // 10 % 2).repeat(4, 1)
    torch.manual_seed(1)
    sequences = truth[..., None] * 2.0 - 1.0 + 0.3 * torch.randn(4, 40, 3)
    frames = torch.ones(4, 40, dtype=torch.bool)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        loss_of(network(sequences, frames), truth).backward()
        optimiser.step()
    said = network.eval()(sequences, frames)[-1].argmax(-1)
    assert (said == truth).float().mean() > 0.95

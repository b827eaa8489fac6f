from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from analysis.training.st_gcn import STGCN, partitions  # noqa: E402 - torch may be absent

EDGES = ((0, 1), (1, 2), (1, 3))


def small(labels: int = 2) -> STGCN:
    torch.manual_seed(0)
    return STGCN(2, labels=labels, edges=EDGES, keypoints=4, widths=(12, 12, 24))


def test_whole_clips_get_one_answer_each() -> None:
    assert tuple(small(labels=5)(torch.randn(3, 16, 4, 2)).shape) == (3, 5)


def test_rows_of_the_adjacency_share_out_one() -> None:
    itself, along, against = partitions(EDGES, keypoints=4)
    assert torch.equal(itself, torch.eye(4))
    assert torch.equal(along[1], torch.tensor([0.0, 0.0, 0.5, 0.5]))
    assert torch.equal(along[3], torch.zeros(4))  # nothing lies beyond a leaf
    assert torch.equal(against[2], torch.tensor([0.0, 1.0, 0.0, 0.0]))
    for part in (along, against):
        sums = part.sum(1)
        assert torch.all((sums == 0) | torch.isclose(sums, torch.ones(4)))


def test_the_adjacency_is_learned() -> None:
    network = small()
    network(torch.randn(3, 16, 4, 2)).sum().backward()
    grads = [p.grad for name, p in network.named_parameters() if name.endswith("adjacency")]
    assert grads
    assert all(grad is not None and grad.abs().sum() > 0 for grad in grads)


def test_one_clip_does_not_change_another_when_judging() -> None:
    network = small().eval()
    clips = torch.randn(4, 16, 4, 2)
    assert torch.allclose(network(clips)[:1], network(clips[:1]), atol=1e-5)


def test_it_learns_which_joint_moves() -> None:
    torch.manual_seed(1)
    truth = torch.arange(16) % 2
    clips = 0.1 * torch.randn(16, 16, 4, 2)
    for place, label in enumerate(truth.tolist()):
        clips[place, :, 2 + label, 0] += torch.sin(torch.linspace(0.0, 9.0, 16))
    network = small()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(25):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(clips), truth).backward()
        optimiser.step()
    assert (network(clips).argmax(-1) == truth).float().mean() > 0.9

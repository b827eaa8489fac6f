from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.actions.model import Batch  # noqa: E402
from analysis.actions.shrink import parts  # noqa: E402
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.fit import fit  # noqa: E402
from analysis.training.labels import labels_of  # noqa: E402
from analysis.training.parts import parts_of  # noqa: E402
from analysis.training.prune import by_magnitude, by_taylor, cost, prune  # noqa: E402
from analysis.training.samples import Loader, Samples  # noqa: E402
from analysis.training.settings import read_settings  # noqa: E402
from analysis.training.store import open_store  # noqa: E402
from tests.analysis.actions.test_shrink import network  # noqa: E402
from tests.analysis.training.made_up import clips, save_store  # noqa: E402
from tests.analysis.training.test_fit import write_settings  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.actions.model import FusedModel


def silence(model: FusedModel, *, unit: int) -> None:
    """Nothing reads one unit of each part any more."""
    for part in parts(model):
        columns = slice(unit * part.width, (unit + 1) * part.width)
        for layer in (
            getattr(part.reader, "base_layer", part.reader),
            *getattr(part.reader, "lora_A", {}).values(),
        ):
            layer.weight.data[:, columns] = 0


def test_what_nothing_reads_matters_least_and_is_cut_first(tmp_path: Path) -> None:
    settings = read_settings(write_settings(tmp_path))
    store = open_store(tmp_path / "store")
    entries = parts_of(store, settings=settings.data, seed=1).train
    labels = labels_of(entries)
    model = network(tmp_path / "language")
    silence(model, unit=1)
    samples = Samples(store, entries=entries, labels=labels, settings=settings, learning=True)
    batches = Loader(samples, batch_size=4, language=model.language).epoch(0)
    some = [sampled for _, (_, sampled) in zip(range(2), batches, strict=False)]
    vectors = torch.rand(2, 32)
    read = by_taylor(model, some, vectors=vectors, settings=settings)
    for importance in (read, by_magnitude(model)):
        for part in parts(model):
            assert importance[part.name].shape == (part.units,)
            assert int(importance[part.name].argmin()) == 1, part.name
            assert float(importance[part.name][1]) == pytest.approx(0.0, abs=1e-9)
    with torch.no_grad():
        before = model(some[0].batch, label_vectors=vectors).clip_logits
    done = prune(model, read, share=0.26)  # one of four heads, and of each of the others about 1/4
    assert done.units["heads"] == (8, 6)
    assert done.parameters[0] > done.parameters[1] == cost(model)
    with torch.no_grad():
        after = model(some[0].batch, label_vectors=vectors).clip_logits
    assert after.shape == before.shape


def test_gates_leave_the_network_as_it_was(tmp_path: Path) -> None:
    settings = read_settings(write_settings(tmp_path))
    model = network(tmp_path / "language")
    assert model.language is not None
    batch = Batch(
        torch.rand(1, 24, 105), torch.ones(1, 24, dtype=torch.bool), *model.language.tokens(["a"])
    )
    with torch.no_grad():
        before = model(batch, label_vectors=torch.ones(2, 32)).frame_logits
    by_taylor(model, [], vectors=torch.ones(2, 32), settings=settings)
    with torch.no_grad():
        after = model(batch, label_vectors=torch.ones(2, 32)).frame_logits
    torch.testing.assert_close(after, before)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5])
def test_a_share_that_leaves_nothing_or_takes_nothing_is_refused(
    tmp_path: Path, share: float
) -> None:
    model = network(tmp_path)
    with pytest.raises(ValueError, match="share"):
        prune(model, by_magnitude(model), share=share)
    assert main(["prune", "x.safetensors", "--share", str(share), "--out", "y.safetensors"]) == 2


def test_a_checkpoint_is_cut_trained_on_and_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = write_settings(tmp_path, epochs=1)
    fit(read_settings(settings), out=tmp_path / "run")
    best, out = tmp_path / "run" / "best.safetensors", tmp_path / "cut.safetensors"
    other = save_store(tmp_path / "other", clips(each=2))
    words = ["prune", str(best), "--share", "0.5", "--batches", "2", "--store", str(other)]
    assert main([*words, "--epochs", "1", "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["parameters_after"] < told["parameters_before"]
    made = checkpoint.load(out)
    assert {part.kind: part.units for part in parts(made.model)} == {
        "channels": 8, "heads": 2, "neurons": 32,
    }  # fmt: skip
    assert cost(made.model) == told["parameters_after"]
    assert made.thresholds.keys() == {"uiprmd"}
    assert made.made_by["settings"]["start_from"]
    assert out.stat().st_size < best.stat().st_size

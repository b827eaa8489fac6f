"""Several processes train one model: here two of them on the processor, joined by gloo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.actions.model import build, own_state  # noqa: E402
from analysis.training.fit import fit  # noqa: E402
from analysis.training.settings import read_settings  # noqa: E402
from tests.analysis.training.made_up import clips, save_store  # noqa: E402
from tests.analysis.training.test_fit import TOML  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
# What each clip pulls at alone, in even batches: the mean of both halves is the mean of the whole.
EXACT = """
frames = 0.0
smooth = 0.0
reconstruct = 0.0
masked_share = 0.0
"""


def test_two_processes_come_to_the_model_that_one_comes_to(tmp_path: Path) -> None:
    save_store(tmp_path / "store", clips(each=2))
    text = TOML.format(store=tmp_path / "store", language="none", epochs=1)
    text = text.replace("width = 16", 'fusion = "pose"\ndropout = 0.0\nwidth = 16')
    text = text.replace("label_width = 32", "label_width = 384")
    text = text.replace("rate = 1e-2", 'rate = 1e-2\nname = "sgd"').replace("none", "bundled")
    text = text.replace("bundled_share", "none_share")
    (tmp_path / "run.toml").write_text(text + EXACT)
    settings = read_settings(tmp_path / "run.toml")
    fit(settings, out=tmp_path / "one")
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    words = ["analysis.training", "fit", str(tmp_path / "run.toml"), "--out"]
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *command, *words, str(tmp_path / "two")],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (
        own_state(checkpoint.load(tmp_path / run / "best.safetensors").model)
        for run in ("one", "two")
    )
    torch.manual_seed(settings.seed)
    fresh = own_state(build(settings.model))
    moved = [name for name, value in one.items() if not torch.equal(value, fresh[name])]
    assert len(moved) > 10
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, atol=1e-4, rtol=1e-3, msg=name)
    assert (tmp_path / "two" / "tensorboard" / "process1").is_dir()

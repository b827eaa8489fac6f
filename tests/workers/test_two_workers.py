"""Beyond one machine, without Docker: Redis, the site's own commands, two workers on one match.

What runs here is compared with docker-compose.yml: commands, variables and health checks.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery import Celery

from sportsbr.accounts.services import create_club
from sportsbr.ops import processes
from sportsbr.ops.demo_client import Client
from sportsbr.recordings import ledger, services
from sportsbr.recordings.models import Recording, Run, State, Step
from sportsbr.reports.models import Report
from tests.factories import UserFactory
from tests.workers import fakes, site

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(
    (site.ROOT / "docker-compose.yml").read_text(encoding="utf-8")
)["services"]
HOST = "127.0.0.1"
CHUNKS = 6
PASSWORD = "correct horse battery"


@pytest.fixture
def redis_port(tmp_path):
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    port = processes.free_port(26379, host=HOST)
    command = ["redis-server", "--port", str(port), "--bind", HOST, "--save", ""]
    server = subprocess.Popen(
        [*command, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    yield port
    server.terminate()
    server.wait()


@pytest.fixture
def environ(tmp_path, settings, redis_port) -> dict[str, str]:
    settings.MEDIA_ROOT = tmp_path / "media"
    told = {
        "CELERY_BROKER_URL": f"redis://{HOST}:{redis_port}/0",
        "SPORTSBR_SECRET_KEY": "a key of this test's own, long enough to be one",
        "SPORTSBR_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SPORTSBR_CSRF_TRUSTED_ORIGINS": "",
        "SPORTSBR_HTTPS": "0",
        "SPORTSBR_LEASE_S": "20",
        "SPORTSBR_CHUNK_S": "1",
        "SPORTSBR_MAX_UPLOAD_BYTES": "100000000",
        "SPORTSBR_UPLOAD_SLOTS": "4",
        "SPORTSBR_SIGN_IN_FAILURES": "10",
        "SPORTSBR_PROXIES": "0",
        "SPORTSBR_S3_BUCKET": "",
        "SPORTSBR_S3_ENDPOINT_URL": "",
        "SPORTSBR_LOG_LEVEL": "INFO",
        "SPORTSBR_WRITER": "grounded",
        "SPORTSBR_WRITER_MODEL": "",
        "SPORTSBR_WRITER_URL": "",
        "SPORTSBR_WRITER_KEY": "",
        "SPORTSBR_WRITER_BITS": "0",
        "SPORTSBR_WRITER_TIMEOUT_S": "30",
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
    }
    given = {*told, "DATABASE_URL", "SPORTSBR_DATA_DIR"}
    for name in ("web", "worker-cpu", "worker-gpu", "beat", "migrate"):
        assert set(SERVICES[name]["environment"]) == given, name
    return site.environment(tmp_path, **told)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_two_workers_share_one_match(tmp_path, environ, redis_port, monkeypatch):
    doorbell = Celery(broker=environ["CELERY_BROKER_URL"])
    monkeypatch.setattr(
        ledger,
        "_send",
        lambda name, step_id: doorbell.send_task(name, args=[step_id], queue="sportsbr"),
    )
    clip = site.make_clip(tmp_path / "match.mp4", seconds=CHUNKS)
    user = UserFactory(password=PASSWORD)
    create_club("Beyond", owner=user)
    log, port = tmp_path / "log", processes.free_port(28000, host=HOST)
    with ExitStack() as stack:
        for args in (
            processes.web(host=HOST, port=port),
            processes.beat(),
            processes.worker(),
            processes.worker(),
        ):
            stack.enter_context(site.running(args, environ=environ, log=log))
        _check_compose(port=port, redis_port=redis_port, environ=environ, log=log)
        recording = _upload(clip, base=f"http://{HOST}:{port}", email=user.email)
        options = {"pose": {"backend": fakes.NAME}}
        run = services.start_run(recording, options=options)
        site.wait_for(lambda: _over(run), limit_s=120, log=log)
    assert run.state == State.DONE, run.problem
    chunks = run.steps.filter(kind=Step.Kind.OBSERVE)
    assert chunks.count() == CHUNKS
    assert len(set(chunks.values_list("worker", flat=True))) == 2
    assert Report.objects.filter(run=run).count() == 1


def _upload(clip: Path, *, base: str, email: str) -> Recording:
    """Through the web process; the run that comes of it is stopped to make room."""
    client = Client(base, lang="en")
    client.sign_in(email, password=PASSWORD)
    uploaded = client.upload(clip, metadata={"title": "Match"}, progress=lambda done: None)
    services.cancel_run(Run.objects.get(pk=uploaded.run))
    return Recording.objects.get(pk=uploaded.recording)


def _over(run: Run) -> bool:
    run.refresh_from_db()
    return run.state not in {State.QUEUED, State.RUNNING}


def _check_compose(*, port: int, redis_port: int, environ: dict[str, str], log: Path) -> None:
    """The file's commands are those that run here, and its health checks find them well."""
    commands = {
        "web": processes.web(host="0.0.0.0", port=8000),
        "worker-cpu": processes.worker(),
        "worker-gpu": processes.worker(),
        "beat": processes.beat(),
    }
    for name, args in commands.items():
        assert SERVICES[name]["command"] == ["python", *args], name
    migrate = SERVICES["migrate"]["command"]
    assert _passes([sys.executable, *migrate[1:]], environ=environ)
    web = SERVICES["web"]["healthcheck"]["test"]
    asked = [sys.executable, *(part.replace(":8000", f":{port}") for part in web[2:])]
    site.wait_for(lambda: _passes(asked, environ=environ), limit_s=60, log=log)
    redis = SERVICES["redis"]["healthcheck"]["test"]
    assert _passes([redis[1], "-p", str(redis_port), *redis[2:]], environ=environ)
    shell = SERVICES["worker-cpu"]["healthcheck"]["test"][1].replace("$$", "$")
    here = {**environ, "HOSTNAME": socket.gethostname()}
    here["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    site.wait_for(lambda: _passes(["sh", "-c", shell], environ=here), limit_s=60, log=log)


def _passes(command: list[str], *, environ: dict[str, str]) -> bool:
    done = subprocess.run(
        command, check=False, env=environ, cwd=site.ROOT, capture_output=True, timeout=60
    )
    return done.returncode == 0

"""No Docker engine runs where the tests do: what can be checked without one is checked here."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import resolve

from sportsbr.ops import processes

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker-cpu", "worker-gpu", "beat")
ENV_SOURCE = (ROOT / "sportsbr" / "env.py").read_text(encoding="utf-8")


def test_everything_that_a_site_needs_is_there() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis", "minio"}
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]
    assert SERVICES["minio"]["profiles"] == ["s3"]
    assert "pgvector" in SERVICES["postgres"]["image"]


def test_commands_are_the_supervisors() -> None:
    expected = {
        "web": processes.web(host="0.0.0.0", port=8000),
        "worker-cpu": processes.worker(),
        "worker-gpu": processes.worker(),
        "beat": processes.beat(),
    }
    for name, args in expected.items():
        assert SERVICES[name]["command"] == ["python", *args], name


@pytest.mark.parametrize(
    ("image", "args"),
    [("web", processes.web(host="0.0.0.0", port=8000)), ("worker", processes.worker())],
)
def test_images_run_the_same_by_default(image: str, args: tuple[str, ...]) -> None:
    text = (ROOT / "docker" / f"{image}.Dockerfile").read_text(encoding="utf-8")
    last = re.findall(r"^CMD (\[.*\])$", text, flags=re.MULTILINE)[-1]
    assert yaml.safe_load(last) == ["python", *args]


@pytest.mark.parametrize("name", OURS)
def test_programs_exist(name: str) -> None:
    command = SERVICES[name]["command"]
    assert command[0] == "python"
    if command[1] == "-m":
        importlib.import_module(command[2])
    else:
        assert (ROOT / command[1]).is_file()
    if "-A" in command:
        module = importlib.import_module(command[command.index("-A") + 1])
        assert module.app.main == "sportsbr"


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_site_reads(name: str) -> None:
    for variable in SERVICES[name]["environment"]:
        assert f'"{variable}"' in ENV_SOURCE or variable.startswith("AWS_"), variable


def test_every_variable_of_the_site_can_be_set() -> None:
    known = set(re.findall(r'get\(\s*"([A-Z_0-9]+)"', ENV_SOURCE))
    assert len(known) >= 14
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {name for name in known if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()
    # Debugging is never switched on in a deployment by a variable left lying about.
    assert known - set(SERVICES["web"]["environment"]) == {"SPORTSBR_DEBUG"}


def test_what_compose_asks_for_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{([A-Z_0-9]+)", text)):
        assert re.search(rf"^#?{name}=", example, re.MULTILINE), name


def test_health_checks_ask_what_exists_where_it_listens() -> None:
    web = SERVICES["web"]
    port = web["command"][web["command"].index("--port") + 1]
    found = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", " ".join(web["healthcheck"]["test"]))
    assert found is not None
    assert found[1] == port
    assert resolve(found[2]).func.__module__ == "sportsbr.ops.views"
    assert [entry.rpartition(":")[2] for entry in web["ports"]] == [port]
    assert all("healthcheck" in SERVICES[name] for name in ("postgres", "redis", "worker-cpu"))


def test_images_exist_and_copy_what_exists() -> None:
    for name in OURS:
        dockerfile = ROOT / SERVICES[name]["build"]["dockerfile"]
        text = dockerfile.read_text(encoding="utf-8")
        for line in re.findall(r"^COPY (?!--)(.+)$", text, flags=re.MULTILINE):
            *sources, _target = line.split()
            for source in sources:
                assert (ROOT / source).exists(), f"{dockerfile.name}: {source}"


def test_every_service_reaches_the_database_and_broker_that_run() -> None:
    for name in OURS:
        environ = SERVICES[name]["environment"]
        assert "@postgres:5432/" in environ["DATABASE_URL"]
        assert environ["CELERY_BROKER_URL"].startswith("redis://redis:6379/")
        for other in SERVICES[name]["depends_on"]:
            assert other in SERVICES


def test_the_web_image_has_the_web_extra_and_no_model_library() -> None:
    lines = (ROOT / "docker" / "web-requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = {re.split(r"[\[<>= #]", line)[0] for line in lines if line and line[0] != "#"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    web = {re.split(r"[\[<>= ]", need)[0] for need in project["optional-dependencies"]["web"]}
    assert asked == web | {"numpy", "pyyaml", "jsonschema", "rich"}

# Takes the tasks: ffmpeg, OpenCV and the pose models. For a GPU pass BASE_IMAGE (a CUDA runtime
# image with Python 3.11 or 3.12) and EXTRAS=web,rtmpose,learn, which bring PyTorch.
ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE}
ARG EXTRAS="web"
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg fonts-noto-cjk \
 && (command -v pip >/dev/null || apt-get install -y --no-install-recommends python3 python3-venv) \
 && rm -rf /var/lib/apt/lists/*
RUN (command -v python >/dev/null && python -m venv /venv) || python3 -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY pyproject.toml README.md LICENSE NOTICE constraints.txt requirements-nodeps.txt manage.py ./
COPY analysis ./analysis
COPY sportsbr ./sportsbr
COPY workers ./workers
RUN pip install -c constraints.txt -e ".[${EXTRAS}]" \
 && pip install --no-deps -r requirements-nodeps.txt
RUN useradd --create-home sportsbr && install -d -o sportsbr /data
USER sportsbr
ENV SPORTSBR_DATA_DIR=/data
CMD ["python", "-m", "celery", "-A", "workers.app", "worker", "--loglevel", "INFO", "--concurrency", "1", "--without-gossip", "--without-mingle"]

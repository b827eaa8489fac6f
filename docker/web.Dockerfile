# The site, the API and the beat. No torch, no OpenCV, no model: tasks are sent by name.
FROM node:22-bookworm-slim AS frontend
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY constraints.txt docker/web-requirements.txt ./
RUN pip install -c constraints.txt -r web-requirements.txt
COPY manage.py ./
COPY analysis ./analysis
COPY sportsbr ./sportsbr
COPY --from=frontend /app/frontend/dist ./frontend/dist
RUN useradd --create-home sportsbr && install -d -o sportsbr /data
USER sportsbr
ENV SPORTSBR_DATA_DIR=/data
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "warning", "sportsbr.wsgi:application"]

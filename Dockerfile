# One image for every process; docker-compose.yml says which command each one runs.
FROM node:22-bookworm-slim AS front
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY vite.config.ts tsconfig.json ./
COPY static ./static
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEDGAZE_STATE_DIR=/state
RUN useradd --create-home --uid 1000 reading && install -d -o reading -g reading -m 0700 /state
WORKDIR /app
COPY requirements.lock ./
# The CPU build of torch by default; pass TORCH=torch==2.13.0 with the CUDA index of your site for GPU workers.
ARG TORCH=torch==2.13.0
RUN pip install --no-cache-dir "$TORCH" && pip install --no-cache-dir --no-deps -r requirements.lock
COPY . .
COPY --from=front /app/static/dist ./static/dist
RUN DJANGO_SECRET_KEY=build MEDGAZE_STATE_DIR=/app/built python manage.py collectstatic --noinput
USER reading
EXPOSE 8000
CMD ["python", "-m", "worker", "--help"]

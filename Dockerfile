# syntax=docker/dockerfile:1
#
# Both images of dvc-injector, which must be of one version:
#
#   docker build --target webhook -t ghcr.io/dvc-injector/dvc-injector:VERSION .
#   docker build --target fetcher -t ghcr.io/dvc-injector/dvc-injector-fetcher:VERSION .
#
# Build arguments:
#   NODE_IMAGE   Debian with Node 24. A release pins it by digest: node:24-bookworm-slim@sha256:… (`docker buildx
#                imagetools inspect node:24-bookworm-slim` prints the digest of the list for all architectures).
#   DVC_EXTRAS   for remotes other than S3, SSH, HTTP and folders: one or several of gs, azure, webdav and webhdfs with
#                commas, each an <extra> of requirements/dvc-<extra>.txt.
#   VERSION, REVISION   written into the labels.
#
# Nothing here depends on the architecture: --platform linux/amd64,linux/arm64 builds both.
ARG NODE_IMAGE=node:24-bookworm-slim

# The package, which is the same for every architecture and so built on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts: `prepare` wants the sources, which come later so that this layer outlives a change of them.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts ./scripts/
COPY src ./src
RUN node scripts/build.ts

# What runs beside it. The optional dependencies are Node itself, which the image has.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' \) \
  ! -iname 'licen[cs]e*' -delete

FROM scratch AS app
COPY package.json LICENSE /app/
COPY --from=dependencies /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist

# The webhook's whole file system: Node, the libraries that it is linked with, certificates, a user. No shell, no package
# manager, nothing to run but node. Scanners find the libraries' packages in the dpkg status.
FROM ${NODE_IMAGE} AS webhook-root
RUN set -eu; \
  node="$(command -v node)"; \
  mkdir -p /root-fs/usr/local/bin /root-fs/usr/bin /root-fs/etc/ssl/certs /root-fs/var/lib/dpkg /root-fs/tmp; \
  chmod 1777 /root-fs/tmp; \
  # /lib and /lib64 are links into /usr on Debian, and the paths that ldd prints lead through them.
  for link in /lib /lib32 /lib64 /libx32; do if [ -L "$link" ]; then cp -a "$link" /root-fs/; mkdir -p "/root-fs$(readlink -f "$link")"; fi; done; \
  ldd "$node" /usr/bin/env | awk '$2 == "=>" { print $3 } $1 ~ /^\/lib/ && $2 != "=>" { print $1 }' | tr -d ':' | sort -u \
    | while read -r library; do cp -L --parents "$(realpath -s "$library")" /root-fs/; done; \
  cp -L "$node" /root-fs/usr/local/bin/node; \
  # The first line of the command is `#!/usr/bin/env node`.
  cp -L /usr/bin/env /root-fs/usr/bin/env; \
  cp -L /etc/os-release /root-fs/etc/os-release; \
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then cp -L /etc/ssl/certs/ca-certificates.crt /root-fs/etc/ssl/certs/; fi; \
  dpkg-query --status libc6 libgcc-s1 libstdc++6 coreutils > /root-fs/var/lib/dpkg/status; \
  echo 'dvc-injector:x:65532:65532::/nonexistent:/usr/sbin/nologin' > /root-fs/etc/passwd; \
  echo 'dvc-injector:x:65532:' > /root-fs/etc/group; \
  ln -s /app/dist/cli.js /root-fs/usr/local/bin/dvc-injector

FROM scratch AS webhook
COPY --from=webhook-root /root-fs /
COPY --from=app /app /app
# Node's defaults let both generations of the heap grow to hundreds of megabytes of garbage before they are collected, which
# nobody needs where a review takes a fifth of a millisecond and 100 KB.
ENV PATH=/usr/local/bin:/usr/bin NODE_ENV=production NODE_OPTIONS="--max-semi-space-size=8 --max-old-space-size=256" MALLOC_ARENA_MAX=2
USER 65532:65532
WORKDIR /
EXPOSE 8443 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["dvc-injector"]
CMD ["webhook"]
ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dvc-injector" \
  org.opencontainers.image.description="Admission webhook: one annotation gives a pod its DVC dataset" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

# The real DVC, every file by its hash, in an environment of its own that is copied without the tools that made it.
FROM ${NODE_IMAGE} AS dvc
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY requirements /requirements
ARG DVC_EXTRAS=""
RUN set -eu; \
  locked="-r /requirements/dvc.txt"; \
  for extra in $(echo "$DVC_EXTRAS" | tr ',' ' '); do \
    [ -e "/requirements/dvc-$extra.txt" ] || { echo "DVC_EXTRAS=$DVC_EXTRAS: there is no requirements/dvc-$extra.txt" >&2; exit 1; }; \
    locked="$locked -r /requirements/dvc-$extra.txt"; \
  done; \
  python3 -m venv /opt/dvc; \
  pip="/opt/dvc/bin/pip --disable-pip-version-check --no-cache-dir install --require-hashes --no-deps --no-build-isolation"; \
  $pip -r /requirements/build.txt; \
  $pip $locked; \
  /opt/dvc/bin/dvc --version; \
  /opt/dvc/bin/pip uninstall -y pip; \
  # Compiled here, as the root is read-only later and DVC would be compiled anew at each start. Templates among the
  # packages' files are no Python that compiles, hence the `true`.
  /opt/dvc/bin/python -m compileall -q /opt/dvc/lib > /dev/null || true

FROM ${NODE_IMAGE} AS fetcher
# util-linux has flock. curl or anything else that could be of use to a hostile repository isn't needed.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client python3 util-linux \
  && rm -rf /var/lib/apt/lists/* \
  # ssh refuses a user without an entry here.
  && echo 'dvc-injector:x:65532:65532::/nonexistent:/usr/sbin/nologin' >> /etc/passwd \
  && echo 'dvc-injector:x:65532:' >> /etc/group \
  && ln -s /opt/dvc/bin/dvc /usr/local/bin/dvc \
  && ln -s /app/dist/cli.js /usr/local/bin/dvc-injector
COPY --from=dvc /opt/dvc /opt/dvc
COPY --from=app /app /app
# Otherwise Node's young generation and glibc's arenas, of which 64 threads make many, are most of its memory.
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=4 MALLOC_ARENA_MAX=2
USER 65532:65532
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["dvc-injector"]
CMD ["fetch"]
ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dvc-injector-fetcher" \
  org.opencontainers.image.description="Init container: fetches a DVC dataset onto the shared volume" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"

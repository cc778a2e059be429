# Two stages: the toolchain stays in the first, the second runs one program as a plain user.
# The bases are arguments, so that a mirror or a pinned digest can take their place.
ARG BUILD_BASE=docker.io/library/swift:6.3-bookworm
ARG RUN_BASE=docker.io/library/debian:bookworm-slim

FROM ${BUILD_BASE} AS build
WORKDIR /source
COPY deploy/packages.txt deploy/packages.txt
COPY Scripts/install-packages.sh Scripts/install-packages.sh
RUN Scripts/install-packages.sh build
COPY Package.swift openapi.yaml ./
COPY Sources Sources
COPY Tests Tests
# Targets of the manifest, which are not built here.
COPY Examples/ReferenceModel Examples/ReferenceModel
COPY Examples/ReferenceEvaluator Examples/ReferenceEvaluator
RUN swift build -c release --product vflowopt --static-swift-stdlib \
 && install -D --strip .build/release/vflowopt /out/vflowopt

FROM ${RUN_BASE}
COPY deploy/packages.txt /tmp/setup/deploy/packages.txt
COPY Scripts/install-packages.sh /tmp/setup/Scripts/install-packages.sh
RUN /tmp/setup/Scripts/install-packages.sh run \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /tmp/setup \
 && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin vflowopt \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/vflowopt
COPY --from=build /out/vflowopt /usr/local/bin/vflowopt
USER 10001:10001
ENV VFLOWOPT_HOST=0.0.0.0 VFLOWOPT_PORT=8080 STATE_DIRECTORY=/var/lib/vflowopt
# Studies and named strategies.
VOLUME /var/lib/vflowopt
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["vflowopt", "healthcheck"]
ENTRYPOINT ["vflowopt"]
CMD ["serve"]

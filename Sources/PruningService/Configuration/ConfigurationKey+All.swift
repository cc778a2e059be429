extension ConfigurationKey {
  /// Every key, in the order of the documentation.
  package static let all: [ConfigurationKey] = sections.flatMap(\.keys)

  /// The keys by what they are about.
  static let sections: [(title: String, keys: [ConfigurationKey])] = [
    ("Network", network), ("Access", access), ("Work", work), ("Studies", studies),
    ("Limits", limits), ("Shared memory", sharedMemory), ("Times", times),
    ("Output", output),
  ]

  private static let network: [ConfigurationKey] = [
    ConfigurationKey("host", \.host, .text, "The address to listen on."),
    ConfigurationKey(
      "port", \.port, ConfigurationFormat.integer(0...65_535).orNone,
      "The port for plain HTTP; 0 lets the system pick one, empty leaves plain HTTP out."),
    ConfigurationKey(
      "loops", \.loops, .integer(1...256), "Event loop threads; more than one needs spare cores."),
    ConfigurationKey(
      "maximum_connections", \.maximumConnections, .integer(1...1_000_000),
      "Connections open at the same time; further ones wait in the listen queue or are refused."),
    ConfigurationKey(
      "unix_socket", \.unixSocket, ConfigurationFormat.path.orNone,
      "The path of a Unix-domain socket to listen on, plain HTTP."),
    ConfigurationKey(
      "unix_socket_mode", \.unixSocketMode, .permissions,
      "Who may connect to the Unix-domain socket, as the permissions of its file."),
    ConfigurationKey(
      "admin_host", \.adminHost, .text, "The address of the admin listener, if there is one."),
    ConfigurationKey(
      "admin_port", \.adminPort, ConfigurationFormat.integer(0...65_535).orNone,
      "The port of the admin listener, which then has the metrics and admin routes to itself."),
  ]

  private static let access: [ConfigurationKey] = [
    ConfigurationKey(
      "api_keys", \.apiKeys, ConfigurationFormat.path.orNone,
      "The file that says which keys, certificates and users may do what; all may prune if none.",
      isReloadable: true),
    ConfigurationKey(
      "tls_port", \.tlsPort, .integer(0...65_535), "The port for TLS, if there is a certificate."),
    ConfigurationKey(
      "tls_certificate", \.tlsCertificate, ConfigurationFormat.path.orNone,
      "The server's certificate in PEM, followed by those that lead to its authority.",
      isReloadable: true),
    ConfigurationKey(
      "tls_key", \.tlsKey, ConfigurationFormat.path.orNone,
      "The certificate's private key in PEM, without a passphrase.", isReloadable: true),
    ConfigurationKey(
      "tls_client_ca", \.tlsClientCA, ConfigurationFormat.path.orNone,
      "The authorities in PEM that sign client certificates; none are asked for without it.",
      isReloadable: true),
    ConfigurationKey(
      "tls_client_auth", \.tlsClientAuth, .choice(["required", "optional"]),
      "Whether a client without a certificate is refused, where there is tls_client_ca."),
  ]

  private static let work: [ConfigurationKey] = [
    ConfigurationKey(
      "threads", \.threads, .integer(1...1024),
      "Worker threads; by default one per processor that the process may use.",
      machineDefault: "processors"),
    ConfigurationKey(
      "queue_capacity", \.queueCapacity, .integer(1...1_000_000, unit: "requests"),
      "Requests that wait for a worker, those included whose body is on its way; more get 503."),
    ConfigurationKey(
      "queue_wait_seconds", \.queueWait, .seconds(0...3_600_000),
      "Requests that would wait longer get 503, beyond the first 8 and one for each worker."),
    ConfigurationKey(
      "kernel_set", \.kernelSet, .choice(["best", "portable", "avx2", "avx512", "neon"]),
      "The numeric kernels to use; best takes the fastest that this processor has."),
  ]

  private static let studies: [ConfigurationKey] = [
    ConfigurationKey(
      "store", \.store, ConfigurationFormat.store.orNone,
      "Where studies and named strategies are kept; without it a file in the state directory.",
      isSecret: true)
  ]

  private static let limits: [ConfigurationKey] = [
    ConfigurationKey(
      "maximum_body_bytes", \.maximumBodyBytes, .bytes(1...1 << 40),
      "The largest safetensors body."),
    ConfigurationKey(
      "maximum_json_body_bytes", \.maximumJSONBodyBytes, .bytes(1...1 << 32),
      "The largest JSON body."),
    ConfigurationKey(
      "maximum_chunked_body_bytes", \.maximumChunkedBodyBytes, .bytes(1...1 << 40),
      "The largest body whose length is not announced; that much is reserved for each."),
    ConfigurationKey(
      "maximum_inflation_ratio", \.maximumInflationRatio, .integer(1...1032, unit: "bytes"),
      "What one byte of a compressed body may stand for on average, beyond the first MiB."),
    ConfigurationKey(
      "in_flight_bytes", \.inFlightBytes, .bytes(1 << 20...1 << 44),
      "Bytes of admitted bodies and of answers not yet sent, all together; more get 503."),
    ConfigurationKey(
      "client_share_percent", \.clientShare, .integer(1...100),
      "What one client alone may hold of queue and bytes, the more clients the less; 100 ends it."),
    ConfigurationKey(
      "slow_body_bytes_per_second", \.slowBodyBytesPerSecond, .bytes(1...1 << 40),
      "A body slower than this gives way when another request needs its room."),
    ConfigurationKey(
      "buffer_pool_bytes", \.bufferPoolBytes, ConfigurationFormat.bytes(0...1 << 44).orNone,
      "The most idle memory kept for reuse; in any case no more than in_flight_bytes leaves free."),
  ]

  private static let sharedMemory: [ConfigurationKey] = [
    ConfigurationKey(
      "shared_memory_prefix", \.sharedMemoryPrefix, ConfigurationFormat.objectPrefix.orNone,
      "How the names of POSIX shared memory objects begin that may be registered; none otherwise."),
    ConfigurationKey(
      "shared_memory_memfd", \.sharedMemoryMemfd, .choice(["off", "on"]),
      "Whether clients of the Unix-domain socket may register memory by passing a descriptor."),
    ConfigurationKey(
      "shared_memory_owner", \.sharedMemoryOwner,
      ConfigurationFormat.integer(0...Int(Int32.max)).orNone,
      "The user that objects of TCP clients must belong to; without it they register none."),
    ConfigurationKey(
      "shared_memory_regions", \.sharedMemoryRegions, .integer(1...4096),
      "Regions registered at the same time, all clients together."),
    ConfigurationKey(
      "shared_memory_bytes", \.sharedMemoryBytes, .bytes(1 << 20...1 << 44),
      "Bytes of all regions together; they do not count as bytes in flight."),
  ]

  private static let times: [ConfigurationKey] = [
    ConfigurationKey(
      "header_timeout_seconds", \.headerTimeout, .seconds(10...3_600_000),
      "How long a request head may take to arrive."),
    ConfigurationKey(
      "body_timeout_seconds", \.bodyTimeout, .seconds(10...3_600_000),
      "How long a body may pause while it arrives."),
    ConfigurationKey(
      "keep_alive_timeout_seconds", \.keepAliveTimeout, .seconds(10...86_400_000),
      "How long an idle connection stays open."),
    ConfigurationKey(
      "write_timeout_seconds", \.writeTimeout, .seconds(10...3_600_000),
      "How long a client may leave its answer unread."),
    ConfigurationKey(
      "drain_grace_seconds", \.drainGrace, .seconds(0...3_600_000),
      "How long accepted requests may take after the first SIGTERM or SIGINT."),
    ConfigurationKey(
      "default_deadline_seconds", \.defaultDeadline, .seconds(0...3_600_000),
      "The deadline of a request that names none; 0 means no deadline."),
  ]

  private static let output: [ConfigurationKey] = [
    ConfigurationKey(
      "log_level", \.logLevel, .choice(["trace", "debug", "info", "notice", "warning", "error"]),
      "The least severe records that are written; info has one record per request.",
      isReloadable: true),
    ConfigurationKey(
      "log_format", \.logFormat, .choice(["auto", "json", "text"]),
      "How records are written; auto is text on a terminal and JSON elsewhere."),
    ConfigurationKey(
      "otlp_endpoint", \.otlpEndpoint, ConfigurationFormat.collector.orNone,
      "The collector that spans go to, as OTLP/HTTP in JSON; none are made without one."),
    ConfigurationKey(
      "trace_sample_ratio", \.traceSampleRatio, .ratio,
      "The part of requests that begin a trace; where a caller has one, the caller decides."),
  ]
}

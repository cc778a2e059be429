extension ConfigurationKey {
  /// Every key, in the order of the documentation.
  package static let all: [ConfigurationKey] = network + work + limits + times + output

  private static let network: [ConfigurationKey] = [
    ConfigurationKey("host", \.host, .text, "The address to listen on."),
    ConfigurationKey(
      "port", \.port, .integer(0...65_535), "The port to listen on; 0 lets the system pick one."),
    ConfigurationKey(
      "loops", \.loops, .integer(1...256), "Event loop threads; more than one needs spare cores."),
    ConfigurationKey(
      "maximum_connections", \.maximumConnections, .integer(1...1_000_000),
      "Connections open at the same time; further ones wait in the listen queue or are refused."),
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
      "kernel_set", \.kernelSet, .choice(["best", "portable", "avx2", "avx512", "neon"]),
      "The numeric kernels to use; best takes the fastest that this processor has."),
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
      "Body bytes of all admitted requests together; more get 503."),
    ConfigurationKey(
      "buffer_pool_bytes", \.bufferPoolBytes, .bytes(0...1 << 44),
      "Idle body buffers kept for reuse."),
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
      "The least severe records that are written; info has one record per request."),
    ConfigurationKey(
      "log_format", \.logFormat, .choice(["auto", "json", "text"]),
      "How records are written; auto is text on a terminal and JSON elsewhere."),
  ]
}

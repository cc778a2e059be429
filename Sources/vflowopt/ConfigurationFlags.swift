import ArgumentParser
import PruningService

/// A flag for every configuration key, kept as text: the table of keys alone knows what is allowed.
struct ConfigurationFlags: ParsableArguments {
  @Option(help: help("host")) var host: String?
  @Option(help: help("port")) var port: String?
  @Option(help: help("loops")) var loops: String?
  @Option(help: help("maximum_connections")) var maximumConnections: String?
  @Option(help: help("unix_socket")) var unixSocket: String?
  @Option(help: help("unix_socket_mode")) var unixSocketMode: String?
  @Option(help: help("admin_host")) var adminHost: String?
  @Option(help: help("admin_port")) var adminPort: String?
  @Option(help: help("api_keys")) var apiKeys: String?
  @Option(help: help("tls_port")) var tlsPort: String?
  @Option(help: help("tls_certificate")) var tlsCertificate: String?
  @Option(help: help("tls_key")) var tlsKey: String?
  @Option(name: .customLong("tls-client-ca"), help: help("tls_client_ca"))
  var tlsClientCA: String?
  @Option(help: help("tls_client_auth")) var tlsClientAuth: String?
  @Option(help: help("threads")) var threads: String?
  @Option(help: help("queue_capacity")) var queueCapacity: String?
  @Option(help: help("queue_wait_seconds")) var queueWaitSeconds: String?
  @Option(help: help("kernel_set")) var kernelSet: String?
  @Option(help: help("store")) var store: String?
  @Option(help: help("maximum_body_bytes")) var maximumBodyBytes: String?
  @Option(name: .customLong("maximum-json-body-bytes"), help: help("maximum_json_body_bytes"))
  var maximumJSONBodyBytes: String?
  @Option(help: help("maximum_chunked_body_bytes")) var maximumChunkedBodyBytes: String?
  @Option(help: help("maximum_inflation_ratio")) var maximumInflationRatio: String?
  @Option(help: help("in_flight_bytes")) var inFlightBytes: String?
  @Option(help: help("client_share_percent")) var clientSharePercent: String?
  @Option(help: help("slow_body_bytes_per_second")) var slowBodyBytesPerSecond: String?
  @Option(help: help("buffer_pool_bytes")) var bufferPoolBytes: String?
  @Option(help: help("shared_memory_prefix")) var sharedMemoryPrefix: String?
  @Option(help: help("shared_memory_memfd")) var sharedMemoryMemfd: String?
  @Option(help: help("shared_memory_owner")) var sharedMemoryOwner: String?
  @Option(help: help("shared_memory_regions")) var sharedMemoryRegions: String?
  @Option(help: help("shared_memory_bytes")) var sharedMemoryBytes: String?
  @Option(help: help("header_timeout_seconds")) var headerTimeoutSeconds: String?
  @Option(help: help("body_timeout_seconds")) var bodyTimeoutSeconds: String?
  @Option(help: help("keep_alive_timeout_seconds")) var keepAliveTimeoutSeconds: String?
  @Option(help: help("write_timeout_seconds")) var writeTimeoutSeconds: String?
  @Option(help: help("drain_grace_seconds")) var drainGraceSeconds: String?
  @Option(help: help("default_deadline_seconds")) var defaultDeadlineSeconds: String?
  @Option(help: help("log_level")) var logLevel: String?
  @Option(help: help("log_format")) var logFormat: String?
  @Option(help: help("otlp_endpoint")) var otlpEndpoint: String?
  @Option(help: help("trace_sample_ratio")) var traceSampleRatio: String?

  /// The flags that were given, by key name.
  var given: [(name: String, value: String)] {
    [
      ("host", host), ("port", port), ("loops", loops),
      ("maximum_connections", maximumConnections), ("unix_socket", unixSocket),
      ("unix_socket_mode", unixSocketMode), ("admin_host", adminHost),
      ("admin_port", adminPort), ("api_keys", apiKeys), ("tls_port", tlsPort),
      ("tls_certificate", tlsCertificate), ("tls_key", tlsKey), ("tls_client_ca", tlsClientCA),
      ("tls_client_auth", tlsClientAuth), ("threads", threads),
      ("queue_capacity", queueCapacity), ("queue_wait_seconds", queueWaitSeconds),
      ("kernel_set", kernelSet), ("store", store), ("maximum_body_bytes", maximumBodyBytes),
      ("maximum_json_body_bytes", maximumJSONBodyBytes),
      ("maximum_chunked_body_bytes", maximumChunkedBodyBytes),
      ("maximum_inflation_ratio", maximumInflationRatio),
      ("in_flight_bytes", inFlightBytes), ("client_share_percent", clientSharePercent),
      ("slow_body_bytes_per_second", slowBodyBytesPerSecond),
      ("buffer_pool_bytes", bufferPoolBytes),
      ("shared_memory_prefix", sharedMemoryPrefix), ("shared_memory_memfd", sharedMemoryMemfd),
      ("shared_memory_owner", sharedMemoryOwner),
      ("shared_memory_regions", sharedMemoryRegions), ("shared_memory_bytes", sharedMemoryBytes),
      ("header_timeout_seconds", headerTimeoutSeconds),
      ("body_timeout_seconds", bodyTimeoutSeconds),
      ("keep_alive_timeout_seconds", keepAliveTimeoutSeconds),
      ("write_timeout_seconds", writeTimeoutSeconds),
      ("drain_grace_seconds", drainGraceSeconds),
      ("default_deadline_seconds", defaultDeadlineSeconds), ("log_level", logLevel),
      ("log_format", logFormat), ("otlp_endpoint", otlpEndpoint),
      ("trace_sample_ratio", traceSampleRatio),
    ].compactMap { name, value in value.map { (name, $0) } }
  }

  private static func help(_ name: String) -> ArgumentHelp {
    guard let key = ConfigurationKey.all.first(where: { $0.name == name }) else { return "" }
    let unit = key.unit.map { " \($0)" } ?? ""
    return ArgumentHelp(
      "\(key.summary) \(key.range)\(unit); default \(key.fallback); \(key.environmentName).",
      valueName: key.typeName)
  }
}

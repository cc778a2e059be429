import HTTPEngine
import Telemetry

/// What the engine reports and no responder sees: connections, handshakes and bytes.
final class ServiceObserver: ServerObserver {
  private let connections: Gauge
  private let byListener: [String: Gauge]
  private let accepted: Counter
  private let closed: [CloseReason: Counter]
  private let protocols: Protocols
  private let bytesIn: Counter
  private let bytesOut: Counter
  private let refusals: MetricFamily<Counter>
  private let streams: Counter
  private let streamResets: [StreamReset: Counter]
  private let sessionFailures: [SessionFailure: Counter]
  private let repliesDropped: Counter
  private let acceptFailures: Counter
  private let handshakes: MetricFamily<Counter>
  private let tlsFailures: [TLSFailure: Counter]
  private let log: ServiceLog
  private let sharedMemory: SharedMemory?

  init(registry: MetricsRegistry, log: ServiceLog, sharedMemory: SharedMemory? = nil) {
    self.log = log
    self.sharedMemory = sharedMemory
    let listeners = ServiceListener.allCases.map(\.rawValue)
    connections = registry.gauge("vflowopt_connections", help: "Open connections.")
    let open = registry.gauges(
      "vflowopt_listener_connections", help: "Open connections by listener.",
      labels: [Label("listener", listeners)])
    byListener = Dictionary(uniqueKeysWithValues: listeners.map { ($0, open[$0]) })
    accepted = registry.counter(
      "vflowopt_connections_accepted_total", help: "Connections accepted.")
    bytesIn = registry.counter(
      "vflowopt_bytes_in_total", help: "Bytes of request bodies received.")
    bytesOut = registry.counter(
      "vflowopt_bytes_out_total", help: "Bytes of answers begun, unread ones included.")
    acceptFailures = registry.counter(
      "vflowopt_accept_failures_total", help: "Connections that the system refused to hand over.")
    repliesDropped = registry.counter(
      "vflowopt_replies_dropped_total", help: "Answers that came after their client had gone.")
    protocols = Protocols(registry)
    refusals = registry.counters(
      "vflowopt_engine_refusals_total", help: "Requests that the HTTP engine refused, by reason.",
      labels: [Label("reason", Refusal.labels)])
    streams = registry.counter(
      "vflowopt_http2_streams_total", help: "Requests that came on streams of HTTP/2.")
    let resets = registry.counters(
      "vflowopt_http2_resets_total", help: "Streams of HTTP/2 that were reset, by whom.",
      labels: [Label("by", StreamReset.allCases.map(\.label))])
    streamResets = Dictionary(
      uniqueKeysWithValues: StreamReset.allCases.map { ($0, resets[$0.label]) })
    let failures2 = registry.counters(
      "vflowopt_http2_failures_total",
      help: "HTTP/2 connections ended for what their clients did, by reason.",
      labels: [Label("reason", SessionFailure.allCases.map(\.label))])
    sessionFailures = Dictionary(
      uniqueKeysWithValues: SessionFailure.allCases.map { ($0, failures2[$0.label]) })
    handshakes = registry.counters(
      "vflowopt_tls_handshakes_total", help: "TLS handshakes completed, by version.",
      labels: [Label("version", TLSVersion.labels), Label("resumed", ["true", "false"])])
    let failures = registry.counters(
      "vflowopt_tls_failures_total", help: "TLS connections that failed, by reason.",
      labels: [Label("reason", TLSFailure.allCases.map(\.label))])
    tlsFailures = Dictionary(
      uniqueKeysWithValues: TLSFailure.allCases.map { ($0, failures[$0.label]) })
    let reasons = registry.counters(
      "vflowopt_connections_closed_total", help: "Connections ended, by reason.",
      labels: [Label("reason", CloseReason.allCases.map(\.label))])
    closed = Dictionary(
      uniqueKeysWithValues: CloseReason.allCases.map { ($0, reasons[$0.label]) })
  }

  func connectionOpened(_ connection: ConnectionInfo) {
    connections.add(1)
    byListener[connection.listener]?.add(1)
    accepted.increment()
  }

  func connectionClosed(_ connection: ConnectionInfo, reason: CloseReason) {
    connections.add(-1)
    byListener[connection.listener]?.add(-1)
    closed[reason]?.increment()
    sharedMemory?.connectionClosed(connection)
  }

  func handshakeCompleted(_ connection: ConnectionInfo) {
    guard let security = connection.security else { return }
    handshakes[security.version.label, "\(security.isResumed)"].increment()
  }

  func tlsFailed(_ failure: TLSFailure, connection: ConnectionInfo) {
    tlsFailures[failure]?.increment()
  }

  func requestCompleted(_ exchange: CompletedExchange) {
    bytesIn.increment(by: UInt64(max(exchange.bodyBytesReceived, 0)))
    bytesOut.increment(by: UInt64(max(exchange.bytesSent, 0)))
    if let head = exchange.head { protocols[head.version].increment() }
  }

  func refused(_ refusal: Refusal, connection: ConnectionInfo) {
    refusals[refusal.label].increment()
  }

  func streamOpened(_ connection: ConnectionInfo) { streams.increment() }

  func streamReset(by side: StreamReset, connection: ConnectionInfo) {
    streamResets[side]?.increment()
  }

  func sessionFailed(_ failure: SessionFailure, connection: ConnectionInfo) {
    sessionFailures[failure]?.increment()
  }

  func replyDropped() { repliesDropped.increment() }

  func acceptFailed(errno: Int32) {
    acceptFailures.increment()
    log.acceptFailed(errno: errno)
  }
}

/// Answers by protocol version, without a look into a dictionary for each.
private struct Protocols: Sendable {
  private let http10: Counter
  private let http11: Counter
  private let http2: Counter

  init(_ registry: MetricsRegistry) {
    let counters = registry.counters(
      "vflowopt_protocol_requests_total", help: "Answers by protocol version.",
      labels: [Label("protocol", HTTPVersion.labels)])
    http10 = counters[HTTPVersion.http10.label]
    http11 = counters[HTTPVersion.http11.label]
    http2 = counters[HTTPVersion.http2.label]
  }

  subscript(version: HTTPVersion) -> Counter {
    switch version {
    case .http10: http10
    case .http11: http11
    case .http2: http2
    }
  }
}

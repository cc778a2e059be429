import HTTPEngine
import Telemetry

/// What the engine reports and no responder sees: connections and bytes.
final class ServiceObserver: ServerObserver {
  private let connections: Gauge
  private let accepted: Counter
  private let closed: [CloseReason: Counter]
  private let bytesIn: Counter
  private let bytesOut: Counter
  private let acceptFailures: Counter
  private let handshakes: Counter
  private let tlsFailures: [TLSFailure: Counter]
  private let log: ServiceLog

  init(registry: MetricsRegistry, log: ServiceLog) {
    self.log = log
    connections = registry.gauge("vflowopt_connections", help: "Open connections.")
    accepted = registry.counter(
      "vflowopt_connections_accepted_total", help: "Connections accepted.")
    bytesIn = registry.counter(
      "vflowopt_bytes_in_total", help: "Bytes of request bodies received.")
    bytesOut = registry.counter(
      "vflowopt_bytes_out_total", help: "Bytes of answers begun, unread ones included.")
    acceptFailures = registry.counter(
      "vflowopt_accept_failures_total", help: "Connections that the system refused to hand over.")
    handshakes = registry.counter(
      "vflowopt_tls_handshakes_total", help: "TLS handshakes that were completed.")
    let failures = registry.counters(
      "vflowopt_tls_failures_total", help: "TLS handshakes and records that failed, by reason.",
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
    accepted.increment()
  }

  func connectionClosed(_ connection: ConnectionInfo, reason: CloseReason) {
    connections.add(-1)
    closed[reason]?.increment()
  }

  func handshakeCompleted(_ connection: ConnectionInfo) { handshakes.increment() }

  func tlsFailed(_ failure: TLSFailure, connection: ConnectionInfo) {
    tlsFailures[failure]?.increment()
  }

  func requestCompleted(_ exchange: CompletedExchange) {
    bytesIn.increment(by: UInt64(max(exchange.bodyBytesReceived, 0)))
    bytesOut.increment(by: UInt64(max(exchange.bytesSent, 0)))
  }

  func acceptFailed(errno: Int32) {
    acceptFailures.increment()
    log.acceptFailed(errno: errno)
  }
}

extension TLSFailure {
  fileprivate var label: String {
    switch self {
    case .protocolViolation: "protocol_violation"
    case .nothingInCommon: "nothing_in_common"
    case .clientCertificate: "client_certificate"
    case .plaintext: "plaintext"
    case .refusedByClient: "refused_by_client"
    case .disconnected: "disconnected"
    case .timeout: "timeout"
    case .outOfMemory: "out_of_memory"
    }
  }
}

extension CloseReason {
  fileprivate var label: String {
    switch self {
    case .peerFinished: "peer_finished"
    case .peerAborted: "peer_aborted"
    case .answered: "answered"
    case .idleTimeout: "idle_timeout"
    case .timeout: "timeout"
    case .shutdown: "shutdown"
    case .tlsFailed: "tls_failed"
    }
  }
}

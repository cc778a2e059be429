import HTTPEngine
import Telemetry
import Testing

@testable import PruningService

@Suite struct ServiceObserverTests {
  @Test func `connections are counted while they are open and by how they end`() {
    let registry = MetricsRegistry()
    let observer = ServiceObserver(registry: registry, log: ServiceLog(NullLogSink()))
    for _ in 0..<3 { observer.connectionOpened(.detached) }
    observer.connectionClosed(.detached, reason: .idleTimeout)
    let text = registry.prometheusText()
    #expect(text.contains("vflowopt_connections 2\n"))
    #expect(text.contains("vflowopt_connections_accepted_total 3\n"))
    #expect(text.contains("vflowopt_connections_closed_total{reason=\"idle_timeout\"} 1\n"))
    for reason in ["peer_finished", "peer_aborted", "answered", "timeout", "shutdown"] {
      #expect(text.contains("vflowopt_connections_closed_total{reason=\"\(reason)\"} 0\n"))
    }
  }

  @Test func `connections are told apart by their listener`() {
    let registry = MetricsRegistry()
    let observer = ServiceObserver(registry: registry, log: ServiceLog(NullLogSink()))
    for listener in ServiceListener.allCases {
      observer.connectionOpened(
        ConnectionInfo(id: 1, peer: "", listener: listener.rawValue, isTLS: false))
    }
    let text = registry.prometheusText()
    for listener in ServiceListener.allCases {
      #expect(text.contains("vflowopt_listener_connections{listener=\"\(listener.rawValue)\"} 1\n"))
    }
  }

  @Test func `handshakes are counted by version, failures by reason`() {
    let registry = MetricsRegistry()
    let observer = ServiceObserver(registry: registry, log: ServiceLog(NullLogSink()))
    let security = ConnectionSecurity(
      version: .tls13, cipher: "x", applicationProtocol: nil, isResumed: true, client: nil)
    observer.handshakeCompleted(
      ConnectionInfo(id: 1, peer: "", listener: "tls", isTLS: true, security: security))
    observer.handshakeCompleted(.detached)
    for failure in TLSFailure.allCases { observer.tlsFailed(failure, connection: .detached) }
    let text = registry.prometheusText()
    #expect(
      text.contains("vflowopt_tls_handshakes_total{version=\"1.3\",resumed=\"true\"} 1\n"))
    for failure in TLSFailure.allCases {
      #expect(text.contains("vflowopt_tls_failures_total{reason=\"\(failure.label)\"} 1\n"))
    }
  }

  @Test(
    arguments: [
      Refusal.malformedMessage(.host), .unsupportedVersion, .unsupportedTransferCoding,
      .unknownMethod, .targetTooLong(limitBytes: 1), .fieldsTooLarge(limitBytes: 2),
      .contentTooLarge(limitBytes: 3), .requestTimeout, .expectationFailed, .tooManyConnections,
      .outOfMemory, .internal,
    ]) func `each of the engine's refusals has a declared label`(refusal: Refusal)
  {
    let registry = MetricsRegistry()
    let observer = ServiceObserver(registry: registry, log: ServiceLog(NullLogSink()))
    observer.refused(refusal, connection: .detached)
    #expect(
      registry.prometheusText()
        .contains("vflowopt_engine_refusals_total{reason=\"\(refusal.label)\"} 1\n"))
    #expect(Set(Refusal.labels).count == 12)
  }

  @Test func `streams are counted, and how they and their connections end`() {
    let registry = MetricsRegistry()
    let observer = ServiceObserver(registry: registry, log: ServiceLog(NullLogSink()))
    observer.streamOpened(.detached)
    for side in StreamReset.allCases { observer.streamReset(by: side, connection: .detached) }
    for failure in SessionFailure.allCases {
      observer.sessionFailed(failure, connection: .detached)
    }
    let text = registry.prometheusText()
    #expect(text.contains("vflowopt_http2_streams_total 1\n"))
    for side in StreamReset.allCases {
      #expect(text.contains("vflowopt_http2_resets_total{by=\"\(side.label)\"} 1\n"))
    }
    for failure in SessionFailure.allCases {
      #expect(text.contains("vflowopt_http2_failures_total{reason=\"\(failure.label)\"} 1\n"))
    }
  }

  @Test func `a connection that the system withholds is counted and told`() {
    let (registry, sink) = (MetricsRegistry(), RecordingSink())
    ServiceObserver(registry: registry, log: ServiceLog(sink)).acceptFailed(errno: 24)
    #expect(registry.prometheusText().contains("vflowopt_accept_failures_total 1\n"))
    #expect(sink.all.map(\.level) == [.warning])
  }

  @Test func `the process tells what it uses`() throws {
    let registry = MetricsRegistry()
    ProcessStatistics.register(in: registry)
    let lines = registry.prometheusText().split(separator: "\n").filter { !$0.hasPrefix("#") }
    let values = lines.map { Double($0.split(separator: " ")[1]) ?? 0 }
    #expect(lines.count == 3)
    for (line, value) in zip(lines, values) { #expect(value > 0, "\(line)") }
  }
}

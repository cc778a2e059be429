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

  @Test func `handshakes are counted, and their failures by reason`() {
    let registry = MetricsRegistry()
    let observer = ServiceObserver(registry: registry, log: ServiceLog(NullLogSink()))
    observer.handshakeCompleted(.detached)
    for failure in TLSFailure.allCases { observer.tlsFailed(failure, connection: .detached) }
    let text = registry.prometheusText()
    #expect(text.contains("vflowopt_tls_handshakes_total 1\n"))
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("vflowopt_tls_failures_total{") }
    #expect(lines.count == TLSFailure.allCases.count)
    #expect(lines.allSatisfy { $0.hasSuffix(" 1") })
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

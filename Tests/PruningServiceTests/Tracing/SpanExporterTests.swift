import HTTPEngine
import Telemetry
import TestSupport
import Testing
import WorkerPool

@testable import PruningService

@Suite struct SpanExporterTests {
  private let registry = MetricsRegistry()
  private let sink = RecordingSink()

  private func exporter(
    _ address: CollectorAddress, _ change: (inout SpanExporter.Settings) -> Void = { _ in }
  ) throws -> SpanExporter {
    var settings = SpanExporter.Settings(collector: address)
    settings.lingerMilliseconds = 20
    change(&settings)
    return try SpanExporter(settings, log: ServiceLog(sink), registry: registry)
  }

  private var span: RequestSpan {
    RequestSpan(
      traceID: TraceID.trace(), parentID: nil, id: TraceID.span(), startedAt: 1, duration: 1,
      method: "GET", route: "/info", status: 200, requestID: "r", fault: nil, timing: nil,
      tally: nil)
  }

  private func count(_ name: String) -> Int {
    let line = registry.prometheusText().split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
  }

  private func lost(_ reason: SpanLoss) -> Int {
    count("vflowopt_trace_requests_dropped_total{reason=\"\(reason.rawValue)\"}")
  }

  @Test func `spans go in batches`() throws {
    let collector = TestCollector()
    let exporter = try exporter(collector.start()) {
      $0.batch = 10
      $0.lingerMilliseconds = 60_000
    }
    for _ in 0..<25 { exporter.record(span) }
    exporter.stop(until: .after(.seconds(10)))
    #expect(try collector.spans().count == 25)
    #expect((3...4).contains(collector.count))
    #expect(count("vflowopt_trace_requests_exported_total") == 25)
    #expect(SpanLoss.allCases.allSatisfy { lost($0) == 0 })
  }

  @Test func `what the queue cannot hold is dropped and counted`() throws {
    let collector = TestCollector()
    let exporter = try exporter(collector.start()) {
      $0.capacity = 10
      $0.lingerMilliseconds = 60_000
    }
    for _ in 0..<30 { exporter.record(span) }
    #expect(lost(.queueFull) == 20)
    // The end cuts the wait short.
    exporter.stop(until: .after(.seconds(10)))
    #expect(try collector.spans().count == 10)
    exporter.record(span)
    #expect(lost(.queueFull) == 21)
  }

  @Test func `a collector that refuses loses its spans, and the log says so once`() throws {
    let collector = TestCollector(status: .serviceUnavailable)
    let exporter = try exporter(collector.start()) { $0.batch = 1 }
    for _ in 0..<3 { exporter.record(span) }
    exporter.stop(until: .after(.seconds(10)))
    #expect(lost(.refused) + lost(.unreachable) == 3)
    #expect(lost(.refused) >= 1)
    #expect(sink.all.map(\.level) == [.warning])
  }

  @Test func `nobody waits for a collector that is not there`() throws {
    let address = try #require(CollectorAddress("http://127.0.0.1:1/v1/traces"))
    let exporter = try exporter(address) { $0.batch = 1 }
    let start = MonotonicInstant.now
    for _ in 0..<100 { exporter.record(span) }
    #expect(MonotonicInstant.now - start < 1_000_000_000)
    exporter.stop(until: .after(.seconds(10)))
    #expect(lost(.unreachable) == 100)
    #expect(sink.all.count == 1)
  }

  @Test func `a collector that says nothing holds up neither requests nor the end`() throws {
    let mute = try MuteListener()
    let address = try #require(CollectorAddress("http://127.0.0.1:\(mute.port)/"))
    let exporter = try exporter(address) { $0.timeout = .seconds(60) }
    exporter.record(span)
    let start = MonotonicInstant.now
    exporter.stop(until: .after(.milliseconds(300)))
    #expect(MonotonicInstant.now - start < 5_000_000_000)
  }

  @Test func `a request to a silent collector ends with its time`() throws {
    let mute = try MuteListener()
    let address = try #require(CollectorAddress("http://127.0.0.1:\(mute.port)/"))
    let outcome = CollectorConnection.post([1], to: address, until: .after(.milliseconds(100)))
    #expect(outcome == .unreachable)
  }
}

import HTTPEngine
import Telemetry
import WorkerPool

/// Decides which requests leave spans, and makes them.
final class Tracer: Sendable {
  private let exporter: SpanExporter
  /// Of 2^64 equally likely numbers, those below this one are sampled; nil is all of them.
  private let threshold: UInt64?

  /// Makes a tracer.
  ///
  /// - Parameters:
  ///   - exporter: Where spans go.
  ///   - ratio: The part of the requests without a trace of their own that begin one.
  init(exporter: SpanExporter, ratio: Double) {
    self.exporter = exporter
    threshold = ratio >= 1 ? nil : UInt64(max(ratio, 0) * 0x1p64)
  }

  /// Tells of an answered request, if it is sampled: its caller decides, else chance.
  ///
  /// Whoever was not let in decides nothing and is part of nobody's trace.
  ///
  /// - Parameters:
  ///   - exchange: The request.
  ///   - status: The answer's status.
  ///   - nanoseconds: From the complete head to the answer.
  ///   - fault: What went wrong, if anything did.
  func answered(_ exchange: Exchange, status: Status, nanoseconds: UInt64, fault: Fault?) {
    let caller = exchange.isGranted ? exchange.identity.trace : nil
    guard caller?.isSampled ?? (exchange.beginsTraces && isChosen()) else { return }
    exporter.record(
      RequestSpan(
        traceID: caller?.traceID ?? TraceID.trace(), parentID: caller?.spanID,
        id: TraceID.span(), startedAt: ServiceLog.unixNanoseconds &- nanoseconds,
        duration: nanoseconds, method: exchange.method?.name, route: exchange.route?.pattern,
        status: Int(status.rawValue), requestID: exchange.identity.id.text, fault: fault,
        timing: exchange.timing, tally: exchange.tally))
  }

  /// Sends what waits, for two seconds at most.
  func stop() { exporter.stop(until: .after(.seconds(2))) }

  private func isChosen() -> Bool {
    guard let threshold else { return true }
    return UInt64.random(in: .min ... .max) < threshold
  }
}

extension Tracer {
  /// The tracer that the settings ask for; nil if they name no collector.
  convenience init?(
    _ configuration: ServiceConfiguration, log: ServiceLog, registry: MetricsRegistry
  ) throws(ServiceStartError) {
    guard let address = configuration.otlpEndpoint.flatMap(CollectorAddress.init) else {
      return nil
    }
    do throws(WorkerPoolError) {
      let exporter = try SpanExporter(
        SpanExporter.Settings(collector: address), log: log, registry: registry)
      self.init(exporter: exporter, ratio: configuration.traceSampleRatio)
    } catch {
      throw ServiceStartError(code: .outOfResources, message: "a thread for spans was refused")
    }
  }
}

extension Exchange {
  /// Whether chance may pick the request: who watches the service is of no interest.
  fileprivate var beginsTraces: Bool {
    switch route {
    case .live, .ready, .health, .metrics: false
    default: true
    }
  }
}

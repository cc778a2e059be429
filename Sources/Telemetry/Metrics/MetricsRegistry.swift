internal import Locking

/// The metrics of a process, registered at start and rendered on request.
///
/// Recording takes no lock; only registering and rendering do. A bad or repeated name is a mistake
/// in the program and traps.
public final class MetricsRegistry: Sendable {
  private struct Metric: Sendable {
    let help: String
    let kind: PrometheusText.Kind
    var writers: [@Sendable (String, inout PrometheusText) -> Void]
    let acceptsMore: Bool
  }

  private let metrics = Locked<[String: Metric]>([:])

  /// Makes an empty registry.
  public init() {}

  /// Registers a counter without labels; its name ends in `_total`.
  public func counter(_ name: String, help: String) -> Counter {
    counters(name, help: help, labels: []).cell([])
  }

  /// Registers a counter with labels; its name ends in `_total`.
  public func counters(_ name: String, help: String, labels: [Label]) -> MetricFamily<Counter> {
    precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
    return family(name, help, .counter, MetricFamily(labels: labels) { Counter() })
  }

  /// Registers a gauge without labels.
  public func gauge(_ name: String, help: String) -> Gauge {
    gauges(name, help: help, labels: []).cell([])
  }

  /// Registers a gauge with labels.
  public func gauges(_ name: String, help: String, labels: [Label]) -> MetricFamily<Gauge> {
    family(name, help, .gauge, MetricFamily(labels: labels) { Gauge() })
  }

  /// Registers a histogram without labels.
  public func histogram(_ name: String, help: String, bounds: [Double]) -> Histogram {
    histograms(name, help: help, bounds: bounds, labels: []).cell([])
  }

  /// Registers a histogram with labels; bounds are finite and strictly ascending.
  public func histograms(
    _ name: String, help: String, bounds: [Double], labels: [Label]
  ) -> MetricFamily<Histogram> {
    precondition(
      bounds.allSatisfy(\.isFinite) && zip(bounds, bounds.dropFirst()).allSatisfy(<),
      "a histogram's bounds are finite and ascend")
    return family(
      name, help, .histogram, MetricFamily(labels: labels) { Histogram(bounds: bounds) })
  }

  /// Registers a gauge that is read when the metrics are rendered.
  ///
  /// - Parameters:
  ///   - name: The metric's name; may be registered again with other label values.
  ///   - help: One sentence; the first one given counts.
  ///   - labels: Constant labels of this series.
  ///   - read: The value now; called without a lock held, on the rendering thread.
  public func gauge(
    _ name: String, help: String, labels: [(name: String, value: String)] = [],
    read: @escaping @Sendable () -> Double
  ) {
    callback(name, help, .gauge, labels) { name, labels, text in
      text.sample(name, labels: labels, value: read())
    }
  }

  /// Registers a counter that is kept elsewhere and read when the metrics are rendered.
  ///
  /// - Parameters:
  ///   - name: The metric's name, ending in `_total`; may be registered again with other label
  ///     values.
  ///   - help: One sentence; the first one given counts.
  ///   - labels: Constant labels of this series.
  ///   - read: The count now; called without a lock held, on the rendering thread.
  public func counter(
    _ name: String, help: String, labels: [(name: String, value: String)] = [],
    read: @escaping @Sendable () -> UInt64
  ) {
    precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
    callback(name, help, .counter, labels) { name, labels, text in
      text.sample(name, labels: labels, value: read())
    }
  }

  /// Registers a counter of seconds that are kept elsewhere; its name ends in `_seconds_total`.
  public func counter(
    _ name: String, help: String, seconds read: @escaping @Sendable () -> Double
  ) {
    precondition(name.hasSuffix("_seconds_total"), "a counter of seconds says so")
    callback(name, help, .counter, []) { name, labels, text in
      text.sample(name, labels: labels, value: read())
    }
  }

  /// All metrics, sorted by name.
  public func prometheusText(_ format: MetricsFormat = .prometheus) -> String {
    let metrics = metrics.withLock { $0 }.sorted { $0.key < $1.key }
    var text = PrometheusText(format)
    for (name, metric) in metrics {
      text.header(name, help: metric.help, kind: metric.kind)
      for write in metric.writers { write(name, &text) }
    }
    text.finish()
    return text.text
  }

  private func family<Cell: MetricCell>(
    _ name: String, _ help: String, _ kind: PrometheusText.Kind, _ family: MetricFamily<Cell>
  ) -> MetricFamily<Cell> {
    register(name, help, kind, acceptsMore: false) { family.render($0, into: &$1) }
    return family
  }

  private func callback(
    _ name: String, _ help: String, _ kind: PrometheusText.Kind,
    _ labels: [(name: String, value: String)],
    write: @escaping @Sendable (String, String, inout PrometheusText) -> Void
  ) {
    precondition(
      labels.allSatisfy { MetricName.isLabel($0.name) },
      "a label is named by letters, digits and underscores")
    let rendered = labels.map { "\($0.name)=\"\(PrometheusText.escapedLabel($0.value))\"" }
      .joined(separator: ",")
    register(name, help, kind, acceptsMore: true) { write($0, rendered, &$1) }
  }

  private func register(
    _ name: String, _ help: String, _ kind: PrometheusText.Kind, acceptsMore: Bool,
    write: @escaping @Sendable (String, inout PrometheusText) -> Void
  ) {
    precondition(MetricName.isMetric(name), "Prometheus does not allow this name")
    metrics.withLock { metrics in
      guard var known = metrics[name] else {
        metrics[name] = Metric(
          help: help, kind: kind, writers: [write], acceptsMore: acceptsMore)
        return
      }
      precondition(
        known.acceptsMore && acceptsMore && known.kind == kind,
        "two metrics have the same name")
      known.writers.append(write)
      metrics[name] = known
    }
  }
}

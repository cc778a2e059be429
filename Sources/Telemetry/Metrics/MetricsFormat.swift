/// How metrics are written for a reader.
public enum MetricsFormat: Sendable, Hashable, CaseIterable {
  /// The text format 0.0.4 of Prometheus.
  case prometheus
  /// OpenMetrics 1.0.0.
  case openMetrics

  /// The format's media type.
  public var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

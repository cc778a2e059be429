import HTTPEngine
import Telemetry

extension MetricsFormat {
  /// The format that a reader likes best; the older one on a tie and where none is acceptable.
  init(accept lines: [String]) {
    guard !lines.isEmpty, let index = AcceptHeader(lines).bestIndex(of: Self.offers) else {
      self = .prometheus
      return
    }
    self = index == 0 ? .prometheus : .openMetrics
  }

  /// Later versions of Prometheus ask for an escaping of names, of which ours need none.
  private static let offers: [MediaType] = {
    let charset = MediaType.Parameter(name: "charset", value: "utf-8")
    let old = MediaType("text", "plain", parameters: [version("0.0.4"), charset])
    let escapings = ["", "allow-utf-8", "underscores", "dots", "values"]
    return [old]
      + escapings.map { escaping in
        MediaType(
          "application", "openmetrics-text",
          parameters: [
            version("1.0.0"), charset, MediaType.Parameter(name: "escaping", value: escaping),
          ])
      }
  }()

  private static func version(_ text: String) -> MediaType.Parameter {
    MediaType.Parameter(name: "version", value: text)
  }
}

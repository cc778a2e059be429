/// The text exposition format 0.0.4 of Prometheus.
public struct PrometheusText: Sendable {
  /// The format's media type.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// What has been written.
  public private(set) var text = ""

  /// What a metric is to Prometheus.
  enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  mutating func header(_ name: String, help: String, kind: Kind) {
    text += "# HELP \(name) \(Self.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// Writes one sample of a whole number.
  public mutating func sample(_ name: String, labels: String, value: UInt64) {
    line(name, labels: labels, value: String(value))
  }

  /// Writes one sample.
  public mutating func sample(_ name: String, labels: String, value: Double) {
    line(name, labels: labels, value: Self.number(value))
  }

  private mutating func line(_ name: String, labels: String, value: String) {
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }

  /// The shortest text that reads back as the same number; whole numbers without a fraction.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    // Below 2^53 every whole number is exact.
    if value.magnitude < 0x1p53, let whole = Int64(exactly: value) { return String(whole) }
    return value.description
  }

  static func escapedHelp(_ text: String) -> String { escaped(text, quote: false) }

  static func escapedLabel(_ text: String) -> String { escaped(text, quote: true) }

  private static func escaped(_ text: String, quote: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quote: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

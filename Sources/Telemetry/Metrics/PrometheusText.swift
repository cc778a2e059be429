/// Metrics as lines of text, in one of the two formats that Prometheus reads.
public struct PrometheusText: Sendable {
  /// How lines are written.
  public let format: MetricsFormat
  /// What has been written.
  public private(set) var text = ""

  /// What a metric is to Prometheus.
  enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// Makes an empty text.
  init(_ format: MetricsFormat = .prometheus) { self.format = format }

  mutating func header(_ name: String, help: String, kind: Kind) {
    switch format {
    case .prometheus:
      text += "# HELP \(name) \(Self.escapedHelp(help))\n# TYPE \(name) \(kind.rawValue)\n"
    case .openMetrics:
      // The family of a counter is named without the suffix that its samples have.
      let family = kind == .counter ? String(name.dropLast("_total".count)) : name
      text += "# TYPE \(family) \(kind.rawValue)\n"
      if let unit = Self.unit(of: family) { text += "# UNIT \(family) \(unit)\n" }
      // Unlike in the older format, quotes are escaped in help texts too.
      text += "# HELP \(family) \(Self.escapedLabel(help))\n"
    }
  }

  /// Ends the text; a reader of OpenMetrics knows by it that nothing is missing.
  mutating func finish() {
    if format == .openMetrics { text += "# EOF\n" }
  }

  /// The upper bound of a bucket as the value of its label.
  func bound(_ value: Double) -> String {
    let text = Self.number(value)
    guard format == .openMetrics, value.isFinite, !text.contains(where: { ".e".contains($0) })
    else { return text }
    return text + ".0"
  }

  /// The unit that a name ends in, if it is one that we use.
  private static func unit(of family: String) -> String? {
    ["seconds", "bytes", "ratio"].first { family.hasSuffix("_" + $0) }
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

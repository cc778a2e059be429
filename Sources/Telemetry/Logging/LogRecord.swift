/// A typed value in a log record.
public enum LogValue: Sendable, Hashable {
  /// Text.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// A number.
  case number(Double)
  /// True or false.
  case bool(Bool)
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension LogValue: ExpressibleByIntegerLiteral {
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
}

extension LogValue: ExpressibleByFloatLiteral {
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension LogValue: ExpressibleByBooleanLiteral {
  /// True or false.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

/// One event: a constant message, and what varies in keys.
public struct LogRecord: Sendable {
  /// When it happened, in nanoseconds since 1970-01-01T00:00:00Z.
  public let unixNanoseconds: Int64
  /// How much it matters.
  public let level: LogLevel
  /// What happened: a sentence that never varies, so that records can be counted by it.
  public let message: StaticString
  /// The event's data, in order; keys are dotted names in lower case.
  public let fields: [(key: String, value: LogValue)]

  /// Makes a record.
  public init(
    at unixNanoseconds: Int64, _ level: LogLevel, _ message: StaticString,
    _ fields: KeyValuePairs<String, LogValue> = [:]
  ) {
    self.init(
      at: unixNanoseconds, level, message, fields: fields.map { (key: $0.key, value: $0.value) })
  }

  /// Makes a record whose fields were collected.
  public init(
    at unixNanoseconds: Int64, _ level: LogLevel, _ message: StaticString,
    fields: [(key: String, value: LogValue)]
  ) {
    self.unixNanoseconds = unixNanoseconds
    self.level = level
    self.message = message
    self.fields = fields
  }
}

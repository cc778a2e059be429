/// Log records as JSON objects: `time`, `level`, `message`, then the fields.
public struct JSONLineFormatter: LogFormatter {
  /// Makes the formatter.
  public init() {}

  /// Appends a record and its line feed.
  public func append(_ record: LogRecord, to line: inout [UInt8]) {
    line.append("{\"time\":\"")
    line.append(Timestamp(unixNanoseconds: record.unixNanoseconds).text)
    line.append("\",\"level\":\"\(record.level.rawValue)\",\"message\":")
    appendString(record.message.description, to: &line)
    for field in record.fields {
      line.append(",")
      appendString(field.key, to: &line)
      line.append(":")
      append(field.value, to: &line)
    }
    line.append("}\n")
  }

  private func append(_ value: LogValue, to line: inout [UInt8]) {
    switch value {
    case .string(let text): appendString(text, to: &line)
    case .integer(let number): line.append(String(number))
    case .bool(let flag): line.append(flag ? "true" : "false")
    // JSON has no infinities.
    case .number(let number) where number.isFinite: line.append(number.description)
    case .number(let number): appendString(number.description, to: &line)
    }
  }

  private func appendString(_ text: String, to line: inout [UInt8]) {
    line.append("\"")
    line.appendEscaped(text)
    line.append("\"")
  }
}

/// Log records as `key=value` pairs for people: `time`, `level`, `message`, then the fields.
public struct KeyValueFormatter: LogFormatter {
  /// Makes the formatter.
  public init() {}

  /// Appends a record and its line feed.
  public func append(_ record: LogRecord, to line: inout [UInt8]) {
    line.append("time=")
    line.append(Timestamp(unixNanoseconds: record.unixNanoseconds).text)
    line.append(" level=\(record.level.rawValue) message=")
    appendText(record.message.description, to: &line)
    for field in record.fields {
      line.append(" \(field.key)=")
      append(field.value, to: &line)
    }
    line.append("\n")
  }

  private func append(_ value: LogValue, to line: inout [UInt8]) {
    switch value {
    case .string(let text): appendText(text, to: &line)
    case .integer(let number): line.append(String(number))
    case .number(let number): line.append(number.description)
    case .bool(let flag): line.append(flag ? "true" : "false")
    }
  }

  private func appendText(_ text: String, to line: inout [UInt8]) {
    guard text.isEmpty || !text.utf8.allSatisfy(Self.isPlain) else {
      return line.appendEscaped(text)
    }
    line.append("\"")
    line.appendEscaped(text)
    line.append("\"")
  }

  // Visible ASCII that neither ends a value nor starts an escape.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
      && byte != UInt8(ascii: "\\")
  }
}

/// How a setting is written in a configuration file.
enum FileSpelling: Sendable {
  /// An integer.
  case integer
  /// An integer, or a string with a suffix.
  case size
  /// An integer or a float.
  case seconds
  /// An integer or a float, without a unit.
  case number
  /// A string.
  case text

  /// The text that a flag would have for this value; nil when the value has another type.
  func flagText(of value: TOMLValue) -> String? {
    switch (self, value) {
    case (.text, .text(let text)), (.size, .text(let text)): text
    // A setting that is off has the empty text, whatever its type.
    case (_, .text("")): ""
    case (.integer, .integer(let number)), (.size, .integer(let number)),
      (.seconds, .integer(let number)), (.number, .integer(let number)):
      "\(number)"
    case (.seconds, .number(let number)), (.number, .number(let number)): "\(number)"
    default: nil
    }
  }

  /// The value of a flag's text, as it stands in a file.
  func literal(_ text: String) -> String {
    let isBare = self != .text && !text.isEmpty && text.utf8.allSatisfy(Self.isNumeric)
    return isBare ? text : Self.quoted(text)
  }

  /// What a value must be, as a sentence names it.
  var explanation: String {
    switch self {
    case .integer: "an integer"
    case .size: "an integer or a string such as \"64MiB\""
    case .seconds: "a number of seconds"
    case .number: "a number"
    case .text: "a string"
    }
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    byte == 0x2E || (0x30...0x39).contains(byte)
  }

  /// A basic string; control characters cannot stand in any setting.
  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}

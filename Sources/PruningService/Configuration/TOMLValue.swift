/// A value of a TOML file.
enum TOMLValue: Sendable, Equatable {
  /// A string.
  case text(String)
  /// A whole number.
  case integer(Int)
  /// Any other number, the not finite ones included.
  case number(Double)
  /// True or false.
  case boolean(Bool)
  /// A date, a time or both: no setting has this type.
  case moment
  /// An array; its entries have no keys.
  case array([TOMLEntry])
  /// A table, in the order of the lines.
  case table([TOMLEntry])

  /// The type, as a sentence names it.
  var typeName: String {
    switch self {
    case .text: "a string"
    case .integer: "an integer"
    case .number: "a float"
    case .boolean: "a boolean"
    case .moment: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

/// A member of a table or array and where it stands.
struct TOMLEntry: Sendable, Equatable {
  /// The key; empty in an array.
  let key: String
  /// The line, from 1.
  let line: Int
  /// The value.
  let value: TOMLValue
}

/// Why a file could not be read as TOML.
struct TOMLError: Error, Sendable, Equatable {
  /// The kinds of failure.
  enum Code: Sendable, Equatable {
    /// There is no such file, or it may not be read.
    case unreadable
    /// It is larger than any file of settings.
    case tooLarge
    /// It breaks the grammar.
    case syntax
  }

  /// The kind of failure.
  let code: Code
  /// The line of a broken rule.
  let line: Int?
  /// The reader's own explanation, which may quote the file.
  let detail: String
}

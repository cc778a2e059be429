import Calibration

/// How one setting is written as text: what the table of keys says about its type.
struct ConfigurationFormat<Value: Sendable>: Sendable {
  /// The type's name, as the documentation prints it.
  let typeName: String
  /// The unit, where the type does not say.
  let unit: String?
  /// The values that are allowed, as the documentation prints them.
  let range: String
  /// How it is written in a file.
  let spelling: FileSpelling
  /// Reads a value; nil when the text is not one that is allowed.
  let parse: @Sendable (String) -> Value?
  /// Writes a value so that `parse` reads it back.
  let print: @Sendable (Value) -> String

  /// The same type for a setting that can be off, which the empty text says.
  var orNone: ConfigurationFormat<Value?> {
    let (parse, print) = (parse, print)
    return ConfigurationFormat<Value?>(
      typeName: typeName, unit: unit, range: "\(range); empty for none", spelling: spelling,
      parse: { text in
        guard !text.isEmpty else { return .some(nil) }
        return parse(text).map(Optional.some)
      },
      print: { value in value.map { print($0) } ?? "" })
  }
}

extension ConfigurationFormat where Value == Int {
  /// A whole number in decimal digits.
  static func integer(_ range: ClosedRange<Int>, unit: String? = nil) -> Self {
    Self(
      typeName: "integer", unit: unit, range: "\(range.lowerBound) to \(range.upperBound)",
      spelling: .integer,
      parse: { text in
        guard let value = decimal(text), range.contains(value) else { return nil }
        return value
      },
      print: { "\($0)" })
  }

  /// A number of bytes, alone or with one of the suffixes KiB, MiB and GiB.
  static func bytes(_ range: ClosedRange<Int>) -> Self {
    Self(
      typeName: "size", unit: "bytes",
      range: "\(sizeText(range.lowerBound)) to \(sizeText(range.upperBound))", spelling: .size,
      parse: { text in
        guard let value = size(text), range.contains(value) else { return nil }
        return value
      },
      print: sizeText)
  }
}

extension ConfigurationFormat where Value == UInt16 {
  /// The permissions of a file, in octal digits.
  static let permissions = Self(
    typeName: "octal", unit: nil, range: "0000 to 0777", spelling: .text,
    parse: { text in
      guard (3...4).contains(text.utf8.count), let value = UInt16(text, radix: 8),
        text.utf8.allSatisfy({ (0x30...0x37).contains($0) }), value <= 0o777
      else { return nil }
      return value
    },
    print: { value in
      let digits = String(value, radix: 8)
      return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    })
}

extension ConfigurationFormat where Value == Duration {
  /// Seconds, with at most three decimals; the range is in milliseconds.
  static func seconds(_ range: ClosedRange<Int>) -> Self {
    let lowest = secondsText(.milliseconds(range.lowerBound))
    let highest = secondsText(.milliseconds(range.upperBound))
    return Self(
      typeName: "duration", unit: "seconds", range: "\(lowest) to \(highest)",
      spelling: .seconds,
      parse: { text in
        guard let value = milliseconds(text), range.contains(value) else { return nil }
        return .milliseconds(value)
      },
      print: secondsText)
  }
}

extension ConfigurationFormat where Value == Double {
  /// A part of a whole, with at most four decimals.
  static let ratio = Self(
    typeName: "number", unit: nil, range: "0 to 1", spelling: .number,
    parse: { text in
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= 2, parts.allSatisfy({ decimal($0) != nil }),
        parts.dropFirst().allSatisfy({ $0.count <= 4 }), let value = Double(text), value <= 1
      else { return nil }
      return value
    },
    print: { value in Int(exactly: value).map { "\($0)" } ?? "\(value)" })
}

extension ConfigurationFormat where Value == String {
  /// Text without spaces and control characters that is not empty.
  static let text = Self(
    typeName: "text", unit: nil, range: "not empty", spelling: .text,
    parse: { text in
      guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
      return text
    },
    print: { $0 })

  /// A path of the file system.
  static let path = Self(
    typeName: "path", unit: nil, range: "a path", spelling: .text,
    parse: { text in
      guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
      return text
    },
    print: { $0 })

  /// The beginning of names of POSIX shared memory objects.
  static let objectPrefix = Self(
    typeName: "text", unit: nil, range: "letters, digits, '.', '_' and '-' after one '/'",
    spelling: .text,
    parse: { text in
      let name = text.dropFirst()
      guard text.hasPrefix("/"), (1...200).contains(name.utf8.count),
        name.utf8.allSatisfy(\.isNameCharacter)
      else { return nil }
      return text
    },
    print: { $0 })

  /// The URL of a collector.
  static let collector = Self(
    typeName: "URL", unit: nil, range: "http://HOST[:PORT][/PATH]", spelling: .text,
    parse: { CollectorAddress($0) == nil ? nil : $0 }, print: { $0 })

  /// The address of a store of studies.
  static let store = Self(
    typeName: "address", unit: nil, range: "memory:, sqlite:///PATH or postgres://…",
    spelling: .text, parse: { StoreAddress($0) == nil ? nil : $0 }, print: { $0 })

  /// One of a few words.
  static func choice(_ words: [String]) -> Self {
    Self(
      typeName: "choice", unit: nil, range: words.joined(separator: ", "), spelling: .text,
      parse: { words.contains($0) ? $0 : nil }, print: { $0 })
  }
}

/// A number of digits only: `Int.init` alone would also take a sign.
private func decimal(_ text: some StringProtocol) -> Int? {
  guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
  return Int(text)
}

private let suffixes: [(text: String, scale: Int)] = [
  ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
]

private func size(_ text: String) -> Int? {
  guard let suffix = suffixes.first(where: { text.hasSuffix($0.text) }) else {
    return decimal(text)
  }
  guard let count = decimal(text.dropLast(suffix.text.count)) else { return nil }
  let (value, overflow) = count.multipliedReportingOverflow(by: suffix.scale)
  return overflow ? nil : value
}

@Sendable private func sizeText(_ value: Int) -> String {
  for suffix in suffixes where value > 0 && value % suffix.scale == 0 {
    return "\(value / suffix.scale)\(suffix.text)"
  }
  return "\(value)"
}

private func milliseconds(_ text: String) -> Int? {
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  guard parts.count <= 2, let whole = decimal(parts[0]), whole < 1 << 40 else { return nil }
  guard parts.count == 2 else { return whole * 1000 }
  guard parts[1].count <= 3, let decimals = decimal(parts[1]) else { return nil }
  return whole * 1000 + decimals * [100, 10, 1][parts[1].count - 1]
}

@Sendable private func secondsText(_ value: Duration) -> String {
  let (seconds, attoseconds) = value.components
  let milliseconds = attoseconds / 1_000_000_000_000_000
  guard milliseconds != 0 else { return "\(seconds)" }
  let digits = "\(1000 + milliseconds)".dropFirst()
  return "\(seconds).\(digits)"
}

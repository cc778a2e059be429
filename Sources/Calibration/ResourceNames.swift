/// The name of a study, which is also its identifier.
public struct StudyID: Sendable, Hashable, CustomStringConvertible {
  /// The name.
  public let description: String

  /// Checks a name: 1 to 64 of `A-Z a-z 0-9 . _ -`, the first a letter or digit.
  public init(_ name: String) throws(CalibrationError) {
    guard ResourceNames.isName(name) else { throw ResourceNames.broken(.name) }
    description = name
  }
}

/// The number of a trial within its study, from 1.
public struct TrialID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number.
  public let number: Int

  init(number: Int) { self.number = number }

  /// Reads a decimal number; what is none names no trial.
  public init(_ text: String) throws(CalibrationError) {
    guard let number = Int(text), number >= 1, String(number) == text else {
      throw .trialNotFound
    }
    self.number = number
  }

  /// The number in decimal.
  public var description: String { String(number) }

  /// Whether a trial is older than another.
  public static func < (left: TrialID, right: TrialID) -> Bool { left.number < right.number }
}

/// The name of a strategy, alone or with a version: `name` or `name@version`.
public struct StrategyID: Sendable, Hashable, CustomStringConvertible {
  /// The name without a version.
  public let name: String
  /// The version; nil stands for the promoted one.
  public let version: String?

  /// Checks a name and version: each 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or
  /// digit, joined by `@`.
  public init(_ text: String) throws(CalibrationError) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    try self.init(name: String(parts[0]), version: parts.count > 1 ? String(parts[1]) : nil)
  }

  /// Checks a name and perhaps a version.
  public init(name: String, version: String?) throws(CalibrationError) {
    guard ResourceNames.isName(name) else { throw ResourceNames.broken(.name) }
    if let version, !ResourceNames.isName(version) { throw ResourceNames.broken(.version) }
    self.name = name
    self.version = version
  }

  init(trusted name: String, version: String?) {
    self.name = name
    self.version = version
  }

  /// As it is written: `name` or `name@version`.
  public var description: String { version.map { "\(name)@\($0)" } ?? name }
}

/// The rules of names.
enum ResourceNames {
  static let longest = 64

  static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, bytes.count <= longest, isAlphanumeric(first) else {
      return false
    }
    return bytes.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
  }

  static func broken(_ field: CalibrationField) -> CalibrationError {
    CalibrationError(
      .invalidName,
      "must be 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit", field: field)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}

/// A moment of the wall clock.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Milliseconds since the beginning of 1970, UTC.
  public let millisecondsSince1970: Int64

  /// Makes a moment.
  public init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

  /// Whether a moment is earlier than another.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.millisecondsSince1970 < right.millisecondsSince1970
  }

  /// The moment so much later, as far as it can be told.
  func advanced(by seconds: Double) -> Timestamp {
    let milliseconds = Int64(max(0, min(seconds, 1e12)) * 1000)
    let (sum, overflow) = millisecondsSince1970.addingReportingOverflow(milliseconds)
    return Timestamp(millisecondsSince1970: overflow ? .max : sum)
  }
}

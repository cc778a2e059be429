/// An IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7), in place.
///
/// Kept by a loop and updated once per second, it costs the `Date` field nothing.
public struct HTTPDate: Sendable {
  /// The number of bytes of every date.
  public static let length = 29

  /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
  public private(set) var unixSeconds: Int64
  private var storage = [29 of UInt8](repeating: 0)

  /// Formats an instant; one outside the years 0 to 9999 is clamped to them.
  public init(unixSeconds: Int64) {
    self.unixSeconds = unixSeconds
    format()
  }

  /// The text's bytes, ASCII.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { storage.span }
  }

  /// The text.
  public var text: String {
    var text = ""
    text.reserveCapacity(Self.length)
    for index in storage.indices { text.unicodeScalars.append(Unicode.Scalar(storage[index])) }
    return text
  }

  /// Formats another instant, unless it is the one already formatted.
  public mutating func update(unixSeconds: Int64) {
    guard unixSeconds != self.unixSeconds else { return }
    self.unixSeconds = unixSeconds
    format()
  }

  private mutating func format() {
    let (days, second) = Self.clamp(unixSeconds).quotientAndRemainder(flooringBy: 86_400)
    let date = CivilDate(daysSince1970: days)
    // 1970-01-01 was a Thursday, 4 in a week that starts on Sunday.
    let weekday = (days + 4).quotientAndRemainder(flooringBy: 7).remainder
    put(Self.weekdays, at: 0, name: Int(weekday))
    put(", ", at: 3)
    put(date.day, at: 5)
    put(" ", at: 7)
    put(Self.months, at: 8, name: Int(date.month) - 1)
    put(" ", at: 11)
    put(date.year / 100, at: 12)
    put(date.year % 100, at: 14)
    put(" ", at: 16)
    put(second / 3600, at: 17)
    put(":", at: 19)
    put(second / 60 % 60, at: 20)
    put(":", at: 22)
    put(second % 60, at: 23)
    put(" GMT", at: 25)
  }

  private mutating func put(_ text: StaticString, at offset: Int) {
    put(text, at: offset, from: 0, count: text.utf8CodeUnitCount)
  }

  // The names are three letters each.
  private mutating func put(_ names: StaticString, at offset: Int, name: Int) {
    put(names, at: offset, from: name * 3, count: 3)
  }

  private mutating func put(_ text: StaticString, at offset: Int, from start: Int, count: Int) {
    // Safe: a static string's bytes live for ever, and the ranges above lie within them.
    for index in 0..<count { storage[offset + index] = unsafe text.utf8Start[start + index] }
  }

  private mutating func put(_ twoDigits: Int64, at offset: Int) {
    storage[offset] = UInt8(ascii: "0") + UInt8(twoDigits / 10)
    storage[offset + 1] = UInt8(ascii: "0") + UInt8(twoDigits % 10)
  }

  private static func clamp(_ seconds: Int64) -> Int64 {
    // 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
    min(max(seconds, -62_167_219_200), 253_402_300_799)
  }

  private static let weekdays: StaticString = "SunMonTueWedThuFriSat"
  private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
}

/// A day of the proleptic Gregorian calendar.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  /// Counts from March, so that the leap day is a year's last, in eras of 400 years.
  init(daysSince1970: Int64) {
    // 719 468 days lie between 0000-03-01 and 1970-01-01; an era has 146 097.
    let (era, dayOfEra) = (daysSince1970 + 719_468).quotientAndRemainder(flooringBy: 146_097)
    // Less the leap days that the era has had so far: every 4, not every 100, every 400 years.
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // Months from March alternate so that 153 days make five of them.
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  }
}

extension Int64 {
  /// Division that rounds towards negative infinity, so that the remainder is not negative.
  fileprivate func quotientAndRemainder(
    flooringBy divisor: Int64
  ) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

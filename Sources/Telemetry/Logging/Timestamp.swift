/// An instant as RFC 3339 text in UTC with milliseconds, such as `2026-08-01T12:00:00.250Z`.
struct Timestamp {
  let text: String

  /// Formats an instant; one before 1970 is shown as 1970.
  init(unixNanoseconds: Int64) {
    let milliseconds = max(unixNanoseconds, 0) / 1_000_000
    let seconds = milliseconds / 1000
    let date = Self.civilDate(daysSince1970: seconds / 86_400)
    let pieces: [(value: Int64, digits: Int, after: String)] = [
      (date.year, 4, "-"), (date.month, 2, "-"), (date.day, 2, "T"),
      (seconds / 3600 % 24, 2, ":"), (seconds / 60 % 60, 2, ":"), (seconds % 60, 2, "."),
      (milliseconds % 1000, 3, "Z"),
    ]
    text = pieces.reduce(into: "") { text, piece in
      let digits = String(piece.value)
      text += String(repeating: "0", count: piece.digits - digits.utf8.count)
      text += digits + piece.after
    }
  }

  // Counts from March, so that the leap day is a year's last, in eras of 400 years (146 097 days).
  private static func civilDate(
    daysSince1970 days: Int64
  ) -> (year: Int64, month: Int64, day: Int64) {
    let era = (days + 719_468) / 146_097
    let dayOfEra = (days + 719_468) % 146_097
    let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      era * 400 + year + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }
}

internal import Glibc

/// The Date line of every answer, formatted once per second.
struct DateField {
  private var formatted: HTTPDate
  private var nextCheck: UInt64 = 0
  /// "Date: " and the date and CR LF.
  private(set) var line: [UInt8] = []

  init() {
    formatted = HTTPDate(unixSeconds: Int64(time(nil)))
    format()
  }

  /// Looks at the wall clock when a tenth of a second has gone by on the other one.
  mutating func update(now: UInt64) {
    guard now >= nextCheck else { return }
    nextCheck = now + 100_000_000
    let seconds = Int64(time(nil))
    guard seconds != formatted.unixSeconds else { return }
    formatted.update(unixSeconds: seconds)
    format()
  }

  /// When it was, which tells one date from another.
  var unixSeconds: Int64 { formatted.unixSeconds }

  /// The date alone.
  var value: Span<UInt8> {
    @_lifetime(borrow self)
    get { line.span.extracting(6..<line.count - 2) }
  }

  private mutating func format() { line = Array("Date: \(formatted.text)\r\n".utf8) }
}

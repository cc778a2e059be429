/// What a client begins an HTTP/2 connection with (RFC 9113 §3.4).
enum HTTP2Preface {
  /// How the first bytes of a connection compare with it.
  enum Match: Equatable {
    /// All of them are the same, but there are fewer.
    case partial
    case complete
    case different
  }

  private static var text: StaticString { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" }

  static var count: Int { 24 }

  /// Compares the first bytes of a connection.
  static func match(_ bytes: Span<UInt8>) -> Match {
    // A static string lives for ever, and `length` does not exceed its size.
    let expected = unsafe text.utf8Start
    let length = min(bytes.count, count)
    for index in 0..<length where unsafe bytes[index] != expected[index] { return .different }
    return length == count ? .complete : .partial
  }
}

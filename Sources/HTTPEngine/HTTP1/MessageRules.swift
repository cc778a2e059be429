/// The rules about fields that decide framing and routing, and that a parser leaves open.
struct MessageRules {
  /// How the end of the body is found.
  private(set) var framing = BodyFraming.none
  /// Whether the client allows another request on the connection.
  private(set) var keepsAlive: Bool
  /// Whether the client waits for 100 (Continue).
  private(set) var expectsContinue = false

  /// Checks the fields of a request whose version is HTTP/1.`minorVersion`.
  init(_ fields: HeaderFields, minorVersion: UInt8) throws(Refusal) {
    let isHTTP10 = minorVersion == 0
    keepsAlive = !isHTTP10
    let wire = fields.wire
    try MessageRules.checkHost(fields, wire.span, isRequired: !isHTTP10)
    try MessageRules.checkNames(fields)
    framing = try MessageRules.framing(fields, wire.span, isHTTP10: isHTTP10)
    if fields.known.contains(.expect), !isHTTP10 {
      expectsContinue = try MessageRules.expectation(fields, wire.span)
    }
    if fields.known.contains(.connection) {
      keepsAlive = MessageRules.persistence(fields, wire.span, isHTTP10: isHTTP10)
    }
  }

  /// RFC 9112 §3.2: one valid Host in HTTP/1.1, at most one in HTTP/1.0.
  private static func checkHost(
    _ fields: HeaderFields, _ bytes: Span<UInt8>, isRequired: Bool
  ) throws(Refusal) {
    var count = 0
    for line in fields.lines where line.field == .host {
      count += 1
      guard count == 1, HostSyntax.isValid(bytes.extracting(line.value)) else {
        throw .malformedMessage(.host)
      }
    }
    if count == 0, isRequired { throw .malformedMessage(.host) }
  }

  /// Names that another reader of the same message would take for something else.
  ///
  /// Gateways in the manner of CGI (RFC 3875 §4.1.18) cannot tell "_" from "-" in a name; and which
  /// of two Content-Type fields holds is anybody's guess (RFC 9110 §5.3, §8.3).
  static func checkNames(_ fields: HeaderFields) throws(Refusal) {
    guard !fields.known.contains(.disguisedFraming) else { throw .malformedMessage(.fieldName) }
    guard fields.known.contains(.contentType) else { return }
    var count = 0
    for line in fields.lines where line.field == .contentType { count += 1 }
    guard count == 1 else { throw .malformedMessage(.repeatedField) }
  }

  /// RFC 9112 §6.3, with every ambiguous case refused.
  private static func framing(
    _ fields: HeaderFields, _ bytes: Span<UInt8>, isHTTP10: Bool
  ) throws(Refusal) -> BodyFraming {
    if fields.known.contains(.transferEncoding) {
      guard !fields.known.contains(.contentLength) else {
        throw .malformedMessage(.ambiguousLength)
      }
      // RFC 9112 §6.1: HTTP/1.0 has no transfer codings; such framing is faulty.
      guard !isHTTP10 else { throw .malformedMessage(.transferEncoding) }
      try checkCodings(fields, bytes)
      return .chunked
    }
    guard fields.known.contains(.contentLength) else { return .none }
    var length: Int?
    for line in fields.lines where line.field == .contentLength {
      let count = number(bytes.extracting(line.value))
      guard length == nil, let count else { throw .malformedMessage(.contentLength) }
      length = count
    }
    return length.map { .length($0) } ?? .none
  }

  /// RFC 9112 §6.1: chunked exactly once, and last; other codings are not implemented.
  private static func checkCodings(
    _ fields: HeaderFields, _ bytes: Span<UInt8>
  ) throws(Refusal) {
    var isChunked = false
    var hasOthers = false
    for line in fields.lines where line.field == .transferEncoding {
      for element in FieldList.elements(of: line.value, in: bytes) {
        let coding = bytes.extracting(element)
        guard Characters.isToken(coding), !isChunked else {
          throw .malformedMessage(.transferEncoding)
        }
        isChunked = Characters.equals(coding, "chunked")
        hasOthers = hasOthers || !isChunked
      }
    }
    if hasOthers { throw .unsupportedTransferCoding }
  }

  /// 1*DIGIT that fits an Int (RFC 9110 §8.6).
  ///
  /// Leading zeros are refused: no client sends them, and a reader that takes them for an octal
  /// number would see another length (RFC 9112 §11.2).
  static func number(_ bytes: Span<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else { return nil }
    var value = 0
    for index in bytes.indices {
      guard Characters.isDigit(bytes[index]) else { return nil }
      let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = tens.addingReportingOverflow(Int(bytes[index] - 0x30))
      guard !overflows, !carries else { return nil }
      value = sum
    }
    return value
  }

  /// RFC 9110 §10.1.1; an expectation in HTTP/1.0 is ignored.
  static func expectation(
    _ fields: HeaderFields, _ bytes: Span<UInt8>
  ) throws(Refusal) -> Bool {
    var isExpected = false
    for line in fields.lines where line.field == .expect {
      guard Characters.equals(bytes.extracting(line.value), "100-continue") else {
        throw .expectationFailed
      }
      isExpected = true
    }
    return isExpected
  }

  /// RFC 9112 §9.3.
  private static func persistence(
    _ fields: HeaderFields, _ bytes: Span<UInt8>, isHTTP10: Bool
  ) -> Bool {
    var closes = false
    var keepsAlive = !isHTTP10
    for line in fields.lines where line.field == .connection {
      for element in FieldList.elements(of: line.value, in: bytes) {
        let option = bytes.extracting(element)
        if Characters.equals(option, "close") { closes = true }
        if Characters.equals(option, "keep-alive") { keepsAlive = true }
      }
    }
    return keepsAlive && !closes
  }
}

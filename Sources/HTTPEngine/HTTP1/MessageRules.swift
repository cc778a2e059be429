/// The rules about fields that decide framing and routing, and that a parser leaves open.
struct MessageRules {
  /// How the end of the body is found.
  let framing: BodyFraming
  /// Whether the client allows another request on the connection.
  let keepsAlive: Bool
  /// Whether the client waits for 100 (Continue).
  let expectsContinue: Bool

  /// Checks the fields of a request whose version is HTTP/1.`minorVersion`.
  init(_ fields: HeaderFields, minorVersion: UInt8) throws(Refusal) {
    let isHTTP10 = minorVersion == 0
    do throws(MessageFault) {
      try MessageRules.checkHost(fields, isRequired: !isHTTP10)
    } catch {
      throw .malformedMessage(error)
    }
    framing = try MessageRules.framing(fields, isHTTP10: isHTTP10)
    // RFC 9110 §10.1.1: an expectation in HTTP/1.0 is ignored.
    expectsContinue = isHTTP10 ? false : try MessageRules.expectation(fields)
    keepsAlive = MessageRules.persistence(fields, isHTTP10: isHTTP10)
  }

  /// RFC 9112 §3.2: one valid Host in HTTP/1.1, at most one in HTTP/1.0.
  private static func checkHost(
    _ fields: HeaderFields, isRequired: Bool
  ) throws(MessageFault) {
    let hosts = fields.ranges(of: .host)
    guard let host = hosts.first else {
      if isRequired { throw .host }
      return
    }
    guard hosts.count == 1, HostSyntax.isValid(fields.wire.span.extracting(host)) else {
      throw .host
    }
  }

  /// RFC 9112 §6.3, with every ambiguous case refused.
  private static func framing(
    _ fields: HeaderFields, isHTTP10: Bool
  ) throws(Refusal) -> BodyFraming {
    let lengths = fields.ranges(of: .contentLength)
    let codings = fields.ranges(of: .transferEncoding)
    guard codings.isEmpty else {
      guard lengths.isEmpty else { throw .malformedMessage(.ambiguousLength) }
      // RFC 9112 §6.1: HTTP/1.0 has no transfer codings; such framing is faulty.
      guard !isHTTP10 else { throw .malformedMessage(.transferEncoding) }
      try checkCodings(codings, of: fields.wire.span)
      return .chunked
    }
    guard let length = lengths.first else { return .none }
    guard lengths.count == 1, let count = number(fields.wire.span.extracting(length)) else {
      throw .malformedMessage(.contentLength)
    }
    return .length(count)
  }

  /// RFC 9112 §6.1: chunked exactly once, and last; other codings are not implemented.
  private static func checkCodings(
    _ values: [Range<Int>], of bytes: Span<UInt8>
  ) throws(Refusal) {
    var chunked = 0
    var others = 0
    for value in values {
      for element in FieldList.elements(of: value, in: bytes) {
        let coding = bytes.extracting(element)
        guard Characters.isToken(coding), chunked == 0 else {
          throw .malformedMessage(.transferEncoding)
        }
        if Characters.equals(coding, "chunked") { chunked += 1 } else { others += 1 }
      }
    }
    guard others == 0 else { throw .unsupportedTransferCoding }
  }

  /// 1*DIGIT that fits an Int (RFC 9110 §8.6).
  static func number(_ bytes: Span<UInt8>) -> Int? {
    guard !bytes.isEmpty else { return nil }
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

  /// RFC 9110 §10.1.1.
  private static func expectation(_ fields: HeaderFields) throws(Refusal) -> Bool {
    let values = fields.ranges(of: .expect)
    for value in values {
      let bytes = fields.wire.span.extracting(value)
      guard Characters.equals(bytes, "100-continue") else { throw .expectationFailed }
    }
    return !values.isEmpty
  }

  /// RFC 9112 §9.3.
  private static func persistence(_ fields: HeaderFields, isHTTP10: Bool) -> Bool {
    let values = fields.ranges(of: .connection)
    if values.isEmpty { return !isHTTP10 }
    let bytes = fields.wire.span
    if FieldList.contains("close", in: values, of: bytes) { return false }
    return !isHTTP10 || FieldList.contains("keep-alive", in: values, of: bytes)
  }
}

/// Whether a client that asks again already has what it would get (RFC 9110 §13).
///
/// The application only says `ETag` or `Last-Modified`; the engine turns its 200 into a 304.
enum Precondition {
  /// Evaluates If-None-Match, else If-Modified-Since, against an answer's validators.
  static func isNotModified(_ request: HeaderFields, _ response: HeaderFields) -> Bool {
    // What has no validator is made anew each time, such as a probe's answer: "*" is not about it.
    guard response.contains("etag") || response.contains("last-modified") else { return false }
    // RFC 9110 §13.2.2: the date is not looked at when there are tags.
    guard !request.contains("if-none-match") else {
      let current = response["etag"].flatMap { opaque(Array($0.utf8)[...]) }
      return request.values(of: "if-none-match").contains { lists(Array($0.utf8), current) }
    }
    guard let date = request["if-modified-since"] else { return false }
    // The exact date, as it was sent: nothing to parse, and no date in the future counts.
    return date == response["last-modified"]
  }

  /// Whether the list holds the tag by the weak comparison (RFC 9110 §8.8.3.2), or is "*".
  private static func lists(_ list: [UInt8], _ current: ArraySlice<UInt8>?) -> Bool {
    if list == [UInt8(ascii: "*")] { return true }
    var rest = list[...]
    while let current, let tag = nextTag(&rest) {
      if tag == current { return true }
    }
    return false
  }

  /// Takes the next tag's opaque part; nil at the end, and at what is not a tag.
  private static func nextTag(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    rest = rest.drop { Characters.isWhitespace($0) || $0 == UInt8(ascii: ",") }
    guard let tag = opaque(rest) else { return nil }
    rest = rest[(tag.endIndex + 1)...]
    return tag
  }

  /// What stands between the quotes of the tag in front: `[ "W/" ] DQUOTE *etagc DQUOTE`.
  private static func opaque(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let quote = UInt8(ascii: "\"")
    var rest = bytes
    if rest.starts(with: [UInt8(ascii: "W"), UInt8(ascii: "/")]) { rest = rest.dropFirst(2) }
    guard rest.first == quote else { return nil }
    rest = rest.dropFirst()
    guard let end = rest.firstIndex(of: quote) else { return nil }
    return rest[..<end]
  }
}

extension Response {
  /// The answer to a client that has the content: no content, and nothing that describes it.
  ///
  /// RFC 9110 §15.4.5 asks for the validators and the caching fields of the 200.
  var notModified: Response {
    var answer = Response(
      status: 304, fields: fields.removing([.contentType, .contentEncoding]),
      closesConnection: closesConnection)
    answer.whenWritten = whenWritten
    answer.identifier = identifier
    return answer
  }
}

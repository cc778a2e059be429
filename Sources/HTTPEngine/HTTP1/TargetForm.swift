/// Takes a request target apart by its form (RFC 9112 §3.2).
///
/// In absolute-form the target's authority is what the request is for; the Host field must still be
/// valid but is otherwise ignored, as §3.2.2 demands of an origin server.
enum TargetForm {
  static func parts(
    _ target: Span<UInt8>, method: Method
  ) throws(MessageFault) -> TargetParts {
    if target[0] == UInt8(ascii: "/") {
      return try origin(target, pathStart: 0, authority: nil)
    }
    if target.count == 1, target[0] == UInt8(ascii: "*") {
      guard method == .options else { throw .target }
      return TargetParts(target: "*", path: "*", query: nil, authority: nil)
    }
    return try absolute(target)
  }

  private static func absolute(_ target: Span<UInt8>) throws(MessageFault) -> TargetParts {
    let start: Int
    if target.count > 7, Characters.equals(target.extracting(first: 7), "http://") {
      start = 7
    } else if target.count > 8, Characters.equals(target.extracting(first: 8), "https://") {
      start = 8
    } else {
      throw .target
    }
    var end = start
    while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
      end += 1
    }
    let authority = target.extracting(start..<end)
    guard HostSyntax.isValid(authority) else { throw .target }
    return try origin(target, pathStart: end, authority: text(authority))
  }

  private static func origin(
    _ target: Span<UInt8>, pathStart: Int, authority: String?
  ) throws(MessageFault) -> TargetParts {
    var question = target.count
    for index in pathStart..<target.count {
      let byte = target[index]
      guard Characters.target.contains(byte) else { throw .target }
      if byte == UInt8(ascii: "%") {
        try checkEscape(target, at: index, isInPath: question == target.count)
      }
      if byte == UInt8(ascii: "?"), question == target.count { question = index }
    }
    let whole = text(target)
    let isWhole = pathStart == 0 && question == target.count
    let path = isWhole ? whole : text(target.extracting(pathStart..<question))
    let query =
      question < target.count ? text(target.extracting(question + 1..<target.count)) : nil
    return TargetParts(
      target: whole, path: path.isEmpty ? "/" : path, query: query, authority: authority)
  }

  /// Refuses an encoded control character in a path.
  ///
  /// RFC 3986 §7.3 has NUL rejected by who does not expect raw data; the others are as bad once a log
  /// or a header field repeats the path.
  private static func checkEscape(
    _ target: Span<UInt8>, at index: Int, isInPath: Bool
  ) throws(MessageFault) {
    guard HostSyntax.isEscape(target, at: index) else { throw .target }
    guard isInPath else { return }
    let first = target[index + 1]
    let isDelete = first == UInt8(ascii: "7") && target[index + 2] | 0x20 == UInt8(ascii: "f")
    guard first > UInt8(ascii: "1"), !isDelete else { throw .target }
  }

  private static func text(_ bytes: Span<UInt8>) -> String {
    // ASCII only: every caller has checked the characters.
    unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

import Glibc
import HTTPEngine
import Locking

/// Answers on the loop's thread or another one, with content of every kind; the path says how.
final class MixedResponder: Responder {
  static let paths = [
    "/now", "/later", "/large", "/large-later", "/stream", "/stream-later", "/expect", "/body",
    "/reject", "/old", "/old-later", "/not-modified", "/empty",
  ]

  func admit(_ head: borrowing RequestHead) -> Admission {
    guard head.path != "/reject" else {
      return .answer(Response(status: .notFound, body: .bytes(Array("/reject".utf8))))
    }
    return .accept(maximumBodyBytes: 1 << 20)
  }

  func respond(to request: consuming Request, reply: consuming Reply) {
    let path = request.head.path
    var response = Response(body: Self.body(of: path))
    if path == "/not-modified" { response.fields.append("ETag", "\"a\"") }
    if path == "/empty" { response = Response(status: .noContent) }
    let answer = response
    guard path.hasSuffix("later") || path == "/expect" || path == "/close" else {
      reply.send(answer)
      return
    }
    let held = HeldReply(reply)
    // If there is no thread the reply is dropped, which answers 500.
    threads.withLock { $0 += [try? BackgroundThread { held.send(answer) }] }
  }

  private let threads = Locked<[BackgroundThread?]>([])

  deinit { for thread in threads.withLock({ $0 }) { thread?.join() } }

  /// A class, because a closure cannot take over what cannot be copied.
  private final class HeldReply: Sendable {
    private let reply: Locked<Reply?>

    init(_ reply: consuming Reply) { self.reply = Locked(reply) }

    func send(_ response: Response) { reply.withLock { $0.take() }?.send(response) }
  }

  private static func body(of path: String) -> ResponseBody {
    switch path {
    case "/large", "/large-later": .bytes([UInt8](repeating: 0x61, count: 40_000))
    case "/stream", "/stream-later": .stream(Countdown(pieces: 3))
    case "/nothing": .stream(EmptyPieces())
    default: .bytes(Array(path.utf8))
    }
  }

  /// How the bytes of an answer end.
  static func ending(of path: String) -> String {
    path.hasPrefix("/stream") ? "1\r\n3\r\n1\r\n2\r\n1\r\n1\r\n0\r\n\r\n" : content(of: path)
  }

  private static func content(of path: String) -> String {
    switch path {
    case "/large", "/large-later": String(repeating: "a", count: 40_000)
    case "/stream", "/stream-later": "321"
    default: path
    }
  }

  /// A request, and the contents of the answers to it; a 100 and an answer to HEAD have none.
  static func request(_ path: String, isHead: Bool) -> (text: String, bodies: [String]) {
    switch path {
    case "/expect":
      // Sent without waiting, so whether 100 (Continue) comes is the server's choice.
      let head = "POST \(path) HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
      return (head + "Content-Length: 2\r\n\r\nhi", [path])
    case "/body":
      let head = "POST \(path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      return (head + "3\r\nabc\r\n0\r\n\r\n", [path])
    case "/old", "/old-later":
      let line = "\(isHead ? "HEAD" : "GET") \(path) HTTP/1.0\r\n"
      return (line + "Connection: keep-alive\r\n\r\n", isHead ? [] : [path])
    case "/not-modified", "/empty":
      return ("GET \(path) HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\n\r\n", [])
    default:
      let line = "\(isHead ? "HEAD" : "GET") \(path) HTTP/1.1\r\n"
      return (line + "Host: x\r\nX-Head: \(isHead)\r\n\r\n", isHead ? [] : [content(of: path)])
    }
  }

  /// The contents of all answers in the order they came; those without content are left out.
  static func contents(of text: String) -> [String] {
    var contents: [String] = []
    var rest = Array(text.utf8)[...]
    while let end = headEnd(of: rest) {
      let head = String(decoding: rest[..<end], as: UTF8.self)
      rest = rest[end...]
      guard let (content, used) = content(after: head, rest) else { continue }
      contents.append(content)
      rest = rest.dropFirst(used)
    }
    if !rest.isEmpty { contents.append("garbage: \(String(decoding: rest, as: UTF8.self))") }
    return contents
  }

  /// Answers to HEAD look like those to GET: what follows tells whether there is content.
  private static func content(
    after head: String, _ rest: ArraySlice<UInt8>
  ) -> (String, Int)? {
    guard !head.hasPrefix("HTTP/1.1 100"), !rest.starts(with: Array("HTTP/1.1 ".utf8)),
      !rest.isEmpty
    else { return nil }
    if head.contains("Transfer-Encoding: chunked") {
      let wire = "1\r\n3\r\n1\r\n2\r\n1\r\n1\r\n0\r\n\r\n"
      return rest.starts(with: Array(wire.utf8)) ? ("321", wire.utf8.count) : ("bad chunks", 0)
    }
    let field = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
    guard let count = field.flatMap({ Int($0.dropFirst(16)) }) else { return nil }
    return (String(decoding: rest.prefix(count), as: UTF8.self), min(count, rest.count))
  }

  private static func headEnd(of bytes: ArraySlice<UInt8>) -> Int? {
    var matched = 0
    let mark: [UInt8] = [13, 10, 13, 10]
    for index in bytes.indices {
      matched = bytes[index] == mark[matched] ? matched + 1 : bytes[index] == 13 ? 1 : 0
      if matched == 4 { return index + 1 }
    }
    return nil
  }
}

/// Never has anything to say, and never ends.
private final class EmptyPieces: BodyProducer {
  func next() -> [UInt8]? { [] }
}

// Socket calls of the C library: each pointer is to a local or an array that outlives its call.
import Glibc
import Locking

/// A server on a free port that sends what a test says, and keeps what it was sent.
final class ScriptedServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let received = Locked<[String]>([])

  /// Answers the connections that come, one after the other, each with one of these texts.
  ///
  /// - Parameters:
  ///   - answers: Raw bytes, each sent to one connection once a whole request has arrived.
  ///   - piece: How many bytes go into one write.
  init(_ answers: [String], piece: Int = 1 << 16) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let descriptor = listener
    unsafe withUnsafeMutablePointer(to: &address) {
      // A sockaddr_in is passed as the sockaddr that it begins like, with its own length.
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = unsafe bind(descriptor, $0, size)
        _ = listen(descriptor, 16)
        _ = unsafe getsockname(descriptor, $0, &size)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    let received = received
    Thread.start { Self.serve(descriptor, answers, piece, received) }
  }

  deinit { close(listener) }

  /// The requests so far, as text.
  var requests: [String] { received.withLock { $0 } }

  private static func serve(
    _ listener: Int32, _ answers: [String], _ piece: Int, _ received: Locked<[String]>
  ) {
    for answer in answers {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { return }
      let request = read(client)
      received.withLock { $0.append(request) }
      var rest = Array(answer.utf8)[...]
      while !rest.isEmpty {
        let part = Array(rest.prefix(piece))
        rest = rest.dropFirst(piece)
        _ = unsafe send(client, part, part.count, Int32(MSG_NOSIGNAL))
      }
      close(client)
    }
  }

  /// Reads a head and as much content as it announces.
  private static func read(_ client: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe recv(client, &chunk, chunk.count, 0)
      guard count > 0 else { break }
      bytes += chunk.prefix(count)
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.range(of: "\r\n\r\n") else { continue }
      let length = text.range(of: "Content-Length: ").flatMap { field in
        Int(text[field.upperBound...].prefix { $0.isNumber })
      }
      if text[end.upperBound...].utf8.count >= length ?? 0 { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A thread for one closure.
enum Thread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    // The body is retained for the thread, which takes the reference over.
    unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        }
        return nil
      }, Unmanaged.passRetained(Body(run)).toOpaque())
    pthread_detach(thread)
  }
}

extension String {
  /// Where a text stands first.
  func range(of text: String) -> Range<String.Index>? {
    var start = utf8.startIndex
    while start < utf8.endIndex {
      if utf8[start...].starts(with: text.utf8) {
        return start..<utf8.index(start, offsetBy: text.utf8.count)
      }
      start = utf8.index(after: start)
    }
    return nil
  }
}

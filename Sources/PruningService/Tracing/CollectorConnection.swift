// Socket calls of the C library: each pointer is to a local or an array that outlives its call.
import Glibc
import WorkerPool

/// One POST to a collector over a socket of its own, with one time limit for everything.
struct CollectorConnection {
  /// What became of a request.
  enum Outcome: Sendable, Equatable {
    /// The collector has answered with this status.
    case answered(Int)
    /// There was no answer in time.
    case unreachable
  }

  private let socket: Int32
  private let deadline: Deadline

  /// Posts a document.
  ///
  /// - Parameters:
  ///   - document: JSON.
  ///   - address: Where to.
  ///   - deadline: When to give up; only looking a name up may take longer.
  /// - Returns: What became of it.
  static func post(
    _ document: [UInt8], to address: CollectorAddress, until deadline: Deadline
  ) -> Outcome {
    guard let connection = CollectorConnection(address, deadline) else { return .unreachable }
    defer { close(connection.socket) }
    let head = """
      POST \(address.path) HTTP/1.1\r
      Host: \(address.authority)\r
      User-Agent: vflowopt/\(ServiceVersion.current)\r
      Content-Type: application/json\r
      Content-Length: \(document.count)\r
      Connection: close\r
      \r

      """
    guard connection.send(Array(head.utf8) + document) else { return .unreachable }
    return connection.status().map(Outcome.answered) ?? .unreachable
  }

  private init?(_ address: CollectorAddress, _ deadline: Deadline) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(address.host, address.port, &hints, &list) == 0,
      let first = unsafe list
    else { return nil }
    defer { unsafe freeaddrinfo(first) }
    self.deadline = deadline
    var entry: UnsafeMutablePointer<addrinfo>? = unsafe first
    while let candidate = unsafe entry {
      if let socket = unsafe Self.connect(to: candidate.pointee, until: deadline) {
        self.socket = socket
        return
      }
      unsafe entry = candidate.pointee.ai_next
    }
    return nil
  }

  private static func connect(to address: addrinfo, until deadline: Deadline) -> Int32? {
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let socket = unsafe Glibc.socket(
      address.ai_family, address.ai_socktype | flags, address.ai_protocol)
    guard socket >= 0 else { return nil }
    let result = unsafe Glibc.connect(socket, address.ai_addr, address.ai_addrlen)
    if result == 0 || (errno == EINPROGRESS && isConnected(socket, until: deadline)) {
      return socket
    }
    close(socket)
    return nil
  }

  private static func isConnected(_ socket: Int32, until deadline: Deadline) -> Bool {
    guard wait(for: POLLOUT, on: socket, until: deadline) else { return false }
    var fault: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault == 0
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          socket, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { sent += count } else { guard canRetry(POLLOUT) else { return false } }
    }
    return true
  }

  /// The three digits after `HTTP/1.1 `; the rest of the answer is of no use.
  private func status() -> Int? {
    var answer: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64)
    while answer.count < 12 {
      let count = unsafe recv(socket, &chunk, chunk.count, 0)
      if count == 0 { return nil }
      if count > 0 {
        answer += chunk.prefix(count)
      } else {
        guard canRetry(POLLIN) else { return nil }
      }
    }
    guard answer.starts(with: "HTTP/1.".utf8) else { return nil }
    return Int(String(decoding: answer[9..<12], as: UTF8.self))
  }

  private func canRetry(_ event: Int32) -> Bool {
    if errno == EINTR { return !deadline.isPassed }
    guard errno == EAGAIN || errno == EWOULDBLOCK else { return false }
    return Self.wait(for: event, on: socket, until: deadline)
  }

  /// Sleeps until the socket is ready; false when the time is over.
  private static func wait(for event: Int32, on socket: Int32, until deadline: Deadline) -> Bool {
    while true {
      let now = MonotonicClock.now()
      guard !deadline.isPassed(at: now) else { return false }
      let rest = Int32(clamping: (deadline.nanoseconds - now) / 1_000_000 + 1)
      var request = pollfd(fd: socket, events: Int16(event), revents: 0)
      let ready = unsafe poll(&request, 1, rest)
      if ready > 0 { return true }
      guard ready == 0 || errno == EINTR else { return false }
    }
  }
}

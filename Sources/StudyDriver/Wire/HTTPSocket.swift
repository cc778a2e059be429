// Socket calls of the C library: each pointer is to a local or an array that outlives its call.
internal import Glibc

/// A connection of its own for one exchange.
struct HTTPSocket: ~Copyable {
  private let descriptor: Int32
  private let patience: Patience

  /// Connects; looking a name up may take longer than the patience.
  init(_ address: HTTPAddress, _ patience: Patience) throws(StudyDriverError) {
    self.patience = patience
    descriptor =
      switch address.place {
      case .unix(let path): try Self.connected(to: path)
      case .tcp(let host, let port): try Self.connected(to: host, port, patience)
      }
  }

  deinit { close(descriptor) }

  /// Sends everything.
  func send(_ bytes: [UInt8]) throws(StudyDriverError) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { sent += count } else { try waitAfterFailure(POLLOUT) }
    }
  }

  /// Whatever has arrived; nothing at the end.
  func receive() throws(StudyDriverError) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
      if count >= 0 { return Array(chunk.prefix(count)) }
      try waitAfterFailure(POLLIN)
    }
  }

  private func waitAfterFailure(_ event: Int32) throws(StudyDriverError) {
    if errno == EINTR { return }
    guard errno == EAGAIN || errno == EWOULDBLOCK else {
      throw StudyDriverError(.unreachable, "the connection broke")
    }
    _ = try patience.wait(for: [(descriptor, event)])
  }

  private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
  private static let unreachable = StudyDriverError(.unreachable, "nobody answers at the address")

  private static func connected(to path: String) throws(StudyDriverError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw StudyDriverError(.unusableAddress, "the path of the socket is too long")
    }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
    guard socket >= 0 else { throw unreachable }
    let result = unsafe withUnsafePointer(to: &address) {
      // A sockaddr_un is passed as the sockaddr that it begins like, with its own length.
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      close(socket)
      throw unreachable
    }
    return socket
  }

  private static func connected(
    to host: String, _ port: String, _ patience: Patience
  ) throws(StudyDriverError) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, port, &hints, &list) == 0, let first = unsafe list else {
      throw StudyDriverError(.unreachable, "the name of the host is not known")
    }
    defer { unsafe freeaddrinfo(first) }
    var entry: UnsafeMutablePointer<addrinfo>? = unsafe first
    while let candidate = unsafe entry {
      if let socket = unsafe try connected(to: candidate.pointee, patience) { return socket }
      unsafe entry = candidate.pointee.ai_next
    }
    throw unreachable
  }

  private static func connected(
    to address: addrinfo, _ patience: Patience
  ) throws(StudyDriverError) -> Int32? {
    let socket = unsafe Glibc.socket(
      address.ai_family, address.ai_socktype | flags, address.ai_protocol)
    guard socket >= 0 else { return nil }
    let result = unsafe connect(socket, address.ai_addr, address.ai_addrlen)
    if result == 0 { return socket }
    if errno == EINPROGRESS {
      do throws(StudyDriverError) {
        _ = try patience.wait(for: [(socket, POLLOUT)])
      } catch {
        close(socket)
        throw error
      }
      var fault: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      let result = unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &fault, &size)
      if result == 0, fault == 0 { return socket }
    }
    close(socket)
    return nil
  }
}

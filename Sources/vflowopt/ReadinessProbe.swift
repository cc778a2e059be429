// Socket calls of the C library: each pointer is to a local that outlives the call.
import Glibc

/// One GET over a plain socket with a time limit: enough to ask a service whether it is ready.
struct ReadinessProbe {
  /// A name or a numeric address.
  private let host: String
  /// A port number.
  private let port: String
  /// The Unix-domain socket to ask instead.
  private var socketPath: String?
  /// The path to ask for.
  var path = "/readyz"
  /// The limit of each step.
  var timeoutSeconds = 5

  /// Reads `http://host[:port][/path]`; nil when the text is something else.
  init?(url: String) {
    guard url.hasPrefix("http://") else { return nil }
    let rest = url.dropFirst(7)
    let authority = rest.prefix { $0 != "/" }
    let bracket = authority.firstIndex(of: "]") ?? authority.startIndex
    let colon = authority[bracket...].lastIndex(of: ":")
    let name = authority[..<(colon ?? authority.endIndex)]
    guard !name.isEmpty else { return nil }
    host = String(name.filter { $0 != "[" && $0 != "]" })
    port = colon.map { String(authority[authority.index(after: $0)...]) } ?? "80"
    if authority.endIndex < rest.endIndex { path = String(rest[authority.endIndex...]) }
  }

  /// Asks the service at an address.
  init(host: String, port: String) {
    self.host = host
    self.port = port
  }

  /// Asks the service at a Unix-domain socket.
  init(path: String) {
    self.init(host: "localhost", port: "80")
    socketPath = path
  }

  /// Whether the answer's status is 200.
  func succeeds() -> Bool {
    guard let socket = connectedSocket() else { return false }
    defer { close(socket) }
    let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let request = Array(
      "GET \(path) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n\r\n".utf8)
    guard unsafe send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
    else { return false }
    return firstBytes(from: socket, count: 12) == Array("HTTP/1.1 200".utf8)
  }

  private func firstBytes(from socket: Int32, count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let received = unsafe bytes.withUnsafeMutableBytes {
        unsafe recv(socket, $0.baseAddress?.advanced(by: filled), count - filled, 0)
      }
      guard received > 0 else { break }
      filled += received
    }
    return Array(bytes.prefix(filled))
  }

  private func connectedSocket() -> Int32? {
    if let socketPath { return Self.connectedSocket(to: socketPath, timeoutSeconds) }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, port, &hints, &list) == 0, let first = unsafe list else {
      return nil
    }
    defer { unsafe freeaddrinfo(first) }
    var entry: UnsafeMutablePointer<addrinfo>? = unsafe first
    while let address = unsafe entry {
      if let socket = unsafe connect(to: address.pointee) { return socket }
      unsafe entry = address.pointee.ai_next
    }
    return nil
  }

  private static func connectedSocket(to path: String, _ seconds: Int) -> Int32? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { return nil }
    limit(socket, seconds: seconds)
    let result = unsafe withUnsafePointer(to: &address) {
      // A sockaddr_un is passed as the sockaddr that it begins like, with its own length.
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      close(socket)
      return nil
    }
    return socket
  }

  private static func limit(_ socket: Int32, seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  private func connect(to address: addrinfo) -> Int32? {
    let socket = unsafe Glibc.socket(
      address.ai_family, address.ai_socktype, address.ai_protocol)
    guard socket >= 0 else { return nil }
    Self.limit(socket, seconds: timeoutSeconds)
    guard unsafe Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 else {
      close(socket)
      return nil
    }
    return socket
  }
}

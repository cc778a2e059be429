// Blocking socket calls for tests: each pointer is to a local that outlives its call.
import Glibc

/// One blocking client connection to a service under test; every step has a time limit.
public final class ServiceConnection {
  /// What went wrong on the client's side.
  public enum Failure: Error, Equatable {
    /// The connection was refused or could not be made.
    case notConnected
    /// The other side closed before the answer was complete.
    case closedEarly
    /// Nothing came within the time limit.
    case timedOut
  }

  private let socket: Int32
  /// The socket, for what this class does not do.
  public var descriptor: Int32 { socket }
  private var channel: (any ServiceChannel)?
  private var buffered: [UInt8] = []

  /// Connects to a loopback port.
  ///
  /// - Parameters:
  ///   - port: The port.
  ///   - timeoutSeconds: The limit of each step.
  ///   - origin: The last number of the client's address, 127.0.0.1 unless told.
  /// - Throws: ``Failure/notConnected``.
  public init(port: UInt16, timeoutSeconds: Int = 20, origin: UInt32 = 1) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    Self.limit(socket, seconds: timeoutSeconds)
    var one: Int32 = 1
    unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = (UInt32(0x7F00_0000) + origin).bigEndian
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, connected == 0 else { throw Failure.notConnected }
  }

  /// Connects to a Unix-domain socket.
  public init(path: String, timeoutSeconds: Int = 20) throws {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    Self.limit(socket, seconds: timeoutSeconds)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw Failure.notConnected
    }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let connected = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { throw Failure.notConnected }
  }

  deinit {
    channel = nil
    close(socket)
  }

  /// Puts something between this connection and its socket, TLS for instance.
  public func wrap(_ make: (_ socket: Int32) throws -> any ServiceChannel) throws {
    channel = try make(socket)
  }

  private static func limit(_ socket: Int32, seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  /// Sends text as it is.
  public func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends bytes as they are.
  public func send(_ bytes: [UInt8]) throws {
    if let channel {
      guard channel.send(bytes) else { throw Failure.closedEarly }
      return
    }
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          socket, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure.closedEarly }
      sent += count
    }
  }

  /// Says that no more bytes will come.
  public func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

  /// Closes with a reset, as a client does that has died.
  public func reset() {
    var choice = linger(l_onoff: 1, l_linger: 0)
    unsafe setsockopt(
      socket, SOL_SOCKET, SO_LINGER, &choice, socklen_t(MemoryLayout<linger>.size))
    shutdown(socket, Int32(SHUT_RDWR))
  }

  /// Sends a request and reads its answer.
  public func exchange(
    _ method: String, _ target: String, fields: [(String, String)] = [], body: [UInt8]? = nil
  ) throws -> ServiceAnswer {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
    for (name, value) in fields { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    try send(Array((head + "\r\n").utf8) + (body ?? []))
    return try readAnswer(toHead: method == "HEAD")
  }

  /// Reads one answer, which must carry a Content-Length unless it cannot have a body.
  public func readAnswer(toHead: Bool = false) throws -> ServiceAnswer {
    var end = Self.headEnd(in: buffered)
    while end == nil {
      try fill()
      end = Self.headEnd(in: buffered)
    }
    let text = String(decoding: buffered.prefix(end ?? 0), as: UTF8.self)
    buffered.removeFirst((end ?? 0) + 4)
    var answer = ServiceAnswer(head: text)
    let bodiless = toHead || answer.status < 200 || [204, 304].contains(answer.status)
    let length = bodiless ? 0 : Int(answer["content-length"] ?? "0") ?? 0
    while buffered.count < length { try fill() }
    answer.body = Array(buffered.prefix(length))
    buffered.removeFirst(length)
    return answer
  }

  /// Waits for bytes and returns what has come.
  public func receive() throws -> [UInt8] {
    if buffered.isEmpty { try fill() }
    defer { buffered = [] }
    return buffered
  }

  /// Whether the other side closes the connection without another byte.
  public func isClosedByPeer() -> Bool {
    do {
      try fill()
      return false
    } catch { return error == .closedEarly }
  }

  private func fill() throws(Failure) {
    if let channel {
      guard let bytes = channel.receive() else { throw .closedEarly }
      buffered += bytes
      return
    }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe recv(socket, &chunk, chunk.count, 0)
    guard count >= 0 else {
      throw errno == EAGAIN || errno == EWOULDBLOCK ? .timedOut : .closedEarly
    }
    guard count > 0 else { throw .closedEarly }
    buffered += chunk.prefix(count)
  }

  private static func headEnd(in bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (0...bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
  }
}

/// What carries the bytes of a connection over its socket.
public protocol ServiceChannel: AnyObject {
  /// Sends all bytes; false when the other side is gone.
  func send(_ bytes: [UInt8]) -> Bool
  /// Waits for bytes; nil at the end.
  func receive() -> [UInt8]?
}

/// What a service answered.
public struct ServiceAnswer: Sendable {
  /// The status code.
  public let status: Int
  /// Fields in order; names as sent.
  public let fields: [(name: String, value: String)]
  /// The body's bytes.
  public var body: [UInt8] = []

  init(head: String) {
    let lines = head.split(separator: "\r\n")
    status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0
    fields = lines.dropFirst()
      .map { line in
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        let value = line[colon...].dropFirst()
        return (String(line[..<colon]), String(value.drop { $0 == " " }))
      }
  }

  /// The first field with this name, in any case.
  public subscript(name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The body as text.
  public var text: String { String(decoding: body, as: UTF8.self) }
}

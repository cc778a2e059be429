import Glibc

/// A blocking TCP client on the loopback interface that sends and receives raw bytes.
final class LoopbackClient {
  let descriptor: Int32
  private(set) var received: [UInt8] = []

  /// Connects; nil when the server refuses.
  convenience init?(port: UInt16, receiveTimeoutMilliseconds: Int = 5000) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
    unsafe self.init(&address, AF_INET, receiveTimeoutMilliseconds)
  }

  /// Connects to a Unix-domain socket; nil when nobody listens there.
  convenience init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    unsafe self.init(&address, AF_UNIX, 5000)
  }

  private init?<Address>(
    _ address: UnsafePointer<Address>, _ family: Int32, _ receiveTimeoutMilliseconds: Int
  ) {
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    let size = socklen_t(MemoryLayout<Address>.size)
    // The pointer is to a caller's local; every address begins like sockaddr.
    let result = unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe connect(descriptor, $0, size)
    }
    guard result == 0 else {
      close(descriptor)
      return nil
    }
    var timeout = timeval(
      tv_sec: receiveTimeoutMilliseconds / 1000,
      tv_usec: receiveTimeoutMilliseconds % 1000 * 1000)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var one: Int32 = 1
    unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
  }

  deinit { close(descriptor) }

  /// Sends all bytes; false when the connection broke.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes[sent...].withUnsafeBytes {
        unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Sends FIN: nothing more will come, answers are still read.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Makes close(2) send RST.
  func resetOnClose() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
  }

  /// Reads once; nil on a timeout or a reset, empty at the end.
  func read(atMost count: Int = 65536) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    let result = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
    }
    guard result >= 0 else { return nil }
    return Array(buffer[..<result])
  }

  /// Reads until the server closes; `closed` is false if it did not within the timeout.
  func readToEnd() -> (text: String, closed: Bool) {
    while let bytes = read() {
      if bytes.isEmpty { return (text, true) }
      received += bytes
    }
    return (text, false)
  }

  /// Reads until the text ends in `suffix`; returns everything read, whatever happens.
  @discardableResult
  func read(until suffix: String) -> String {
    while !text.hasSuffix(suffix), let bytes = read(), !bytes.isEmpty { received += bytes }
    return text
  }

  /// Reads one whole response with a Content-Length, or without content.
  func readResponse(hasContent: Bool = true) -> RawResponse? {
    while true {
      if let (response, used) = RawResponse.parse(received, hasContent: hasContent) {
        received.removeFirst(used)
        return response
      }
      guard let bytes = read(), !bytes.isEmpty else { return nil }
      received += bytes
    }
  }

  private var text: String { String(decoding: received, as: UTF8.self) }
}

/// A response as a client sees it.
struct RawResponse: Equatable {
  var status: Int
  var fields: [String]
  var body: [UInt8]

  func value(of name: String) -> String? {
    for field in fields where field.lowercased().hasPrefix(name.lowercased() + ":") {
      return String(field.dropFirst(name.count + 1).drop { $0 == " " })
    }
    return nil
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  static func parse(_ bytes: [UInt8], hasContent: Bool) -> (RawResponse, Int)? {
    guard let end = headEnd(bytes) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    var response = RawResponse(status: status, fields: lines.dropFirst().map(String.init), body: [])
    let count = hasContent ? response.value(of: "content-length").flatMap(Int.init) ?? 0 : 0
    guard bytes.count >= end + count else { return nil }
    response.body = Array(bytes[end..<end + count])
    return (response, end + count)
  }

  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for index in 3..<bytes.count
    where bytes[index] == 10 && bytes[index - 1] == 13 && bytes[index - 2] == 10 {
      return index + 1
    }
    return nil
  }
}

// Socket calls of the C library: each pointer is to a local that outlives its call.
import Glibc

/// A port that accepts connections and never says a word.
final class MuteListener {
  struct NoSocket: Error {}

  private let socket: Int32
  let port: UInt16

  init() throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = socket
    let result = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, size) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard result else {
      close(descriptor)
      throw NoSocket()
    }
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(socket) }
}

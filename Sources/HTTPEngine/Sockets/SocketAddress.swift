internal import CLinux

/// An address of the kernel's, and what it says in numbers.
struct SocketAddress {
  var storage = sockaddr_storage()
  var length: socklen_t = 0

  init() {}

  /// Finds the address of a host to listen on; names are looked up.
  init(resolving host: String, port: UInt16) throws(HTTPEngineError) {
    // Both pointers are to this value's own fields.
    let result = unsafe clinux_resolve(host, port, &storage, &length)
    guard result == 0 else { throw HTTPEngineError(.unresolvableHost, errno: -result) }
  }

  /// The path of a Unix-domain socket; nil for other families, empty if it has none.
  var path: String? {
    guard storage.ss_family == UInt16(AF_UNIX) else { return nil }
    var address = storage
    var path = [UInt8](repeating: 0, count: 108)
    // As long as the kernel's field; CLinux writes no more.
    let count = unsafe path.withUnsafeMutableBytes { buffer in
      unsafe clinux_unix_path(
        &address, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return String(decoding: path[..<count], as: UTF8.self)
  }

  /// The numeric host, without brackets, and the port.
  var numeric: (host: String, port: UInt16) {
    var text = [CChar](repeating: 0, count: 64)
    var address = storage
    // 64 bytes hold any numeric address, and CLinux ends the text with a zero.
    let port = unsafe text.withUnsafeMutableBufferPointer { buffer in
      unsafe clinux_describe(&address, buffer.baseAddress, buffer.count)
    }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return (String(decoding: bytes, as: UTF8.self), UInt16(truncatingIfNeeded: port))
  }
}

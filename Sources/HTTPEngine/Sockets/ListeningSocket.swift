internal import CLinux

/// A socket that listens, and the name that its connections carry.
struct ListeningSocket {
  let descriptor: Int32
  let name: String
  let address: BoundAddress
  /// How its connections are encrypted; nil for plaintext.
  let tls: TLSContextSlot?
  let protocols: [ApplicationProtocol]

  /// Binds and listens.
  ///
  /// - Parameters:
  ///   - listener: Where to listen.
  ///   - port: The port to take instead of the listener's, when it has been chosen already.
  ///   - backlog: Connections that the kernel completes in advance.
  ///   - sharesPort: Whether other loops bind the same port.
  ///   - tls: The certificates that all loops share.
  /// - Throws: ``HTTPEngineError/Code/unresolvableHost``, ``HTTPEngineError/Code/cannotBind``.
  init(
    _ listener: ListenerConfiguration, port: UInt16?, backlog: Int32, sharesPort: Bool,
    tls: TLSContextSlot? = nil
  ) throws(HTTPEngineError) {
    let (host, configuredPort) =
      switch listener.endpoint {
      case .tcp(let host, let port): (host, port)
      }
    var address = try SocketAddress(resolving: host, port: port ?? configuredPort)
    let length = address.length
    let result = unsafe withUnsafePointer(to: &address.storage) { pointer in
      // sockaddr_storage begins like any sockaddr; `length` bytes of it are in use.
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe clinux_listen(pointer, length, backlog, sharesPort ? 1 : 0)
      }
    }
    guard result >= 0 else {
      throw HTTPEngineError(.cannotBind, errno: -result, listener: listener.name)
    }
    var bound = SocketAddress()
    _ = unsafe clinux_local_address(result, &bound.storage)
    let (boundHost, boundPort) = bound.numeric
    descriptor = result
    name = listener.name
    self.tls = tls
    protocols = listener.protocols
    self.address = BoundAddress(listener: listener.name, host: boundHost, port: boundPort)
  }

  /// Lets the backlog run empty: no handshake begins any more.
  func refuseNewConnections() { _ = clinux_refuse_new_connections(descriptor) }
}

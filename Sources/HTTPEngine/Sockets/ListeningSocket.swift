internal import CLinux

/// A socket that listens, and what its connections are told about it.
struct ListeningSocket {
  let descriptor: Int32
  let name: String
  let address: BoundAddress
  /// How its connections are encrypted; nil for plaintext.
  let tls: TLSContextSlot?
  let protocols: [ApplicationProtocol]
  /// Whether its clients may pass descriptors.
  let takesDescriptors: Bool
  /// How it came to be, which decides what happens to it when the server drains.
  let origin: Origin

  /// Where a listening socket comes from.
  enum Origin {
    /// Bound to a port here; each loop has one of its own.
    case port
    /// Bound to a path here; all loops have duplicates.
    case path(SocketFile)
    /// Made by somebody else, who may go on listening at it.
    case inherited
  }

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
    _ listener: ListenerConfiguration, port: UInt16? = nil, backlog: Int32,
    sharesPort: Bool = false, tls: TLSContextSlot? = nil
  ) throws(HTTPEngineError) {
    let result: Int32
    switch listener.endpoint {
    case .tcp(let host, let configuredPort):
      origin = .port
      result = Self.listen(
        try SocketAddress(resolving: host, port: port ?? configuredPort), backlog, sharesPort)
    case .unix(let path, let permissions):
      var file = clinux_file()
      result = unsafe clinux_listen_unix(path, UInt32(permissions), backlog, &file)
      origin = .path(SocketFile(path: path, file: file))
    case .inherited(let inherited):
      origin = .inherited
      result = clinux_adopt_listener(inherited)
    }
    guard result >= 0 else {
      throw HTTPEngineError(.cannotBind, errno: -result, listener: listener.name)
    }
    descriptor = result
    name = listener.name
    self.tls = tls
    protocols = listener.protocols
    address = Self.address(of: result, listener.name, isTLS: tls != nil)
    takesDescriptors = listener.takesDescriptors && address.path != nil && tls == nil
    if address.path != nil { clinux_pass(result, takesDescriptors ? 1 : 0) }
  }

  /// The same socket for another loop.
  init(sharing other: ListeningSocket) throws(HTTPEngineError) {
    let result = clinux_duplicate(other.descriptor)
    guard result >= 0 else {
      throw HTTPEngineError(.outOfResources, errno: -result, listener: other.name)
    }
    descriptor = result
    name = other.name
    address = other.address
    tls = other.tls
    protocols = other.protocols
    takesDescriptors = other.takesDescriptors
    origin = other.origin
  }

  private static func listen(
    _ address: SocketAddress, _ backlog: Int32, _ sharesPort: Bool
  ) -> Int32 {
    var address = address
    let length = address.length
    return unsafe withUnsafePointer(to: &address.storage) { pointer in
      // sockaddr_storage begins like any sockaddr; `length` bytes of it are in use.
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe clinux_listen(pointer, length, backlog, sharesPort ? 1 : 0)
      }
    }
  }

  private static func address(
    of descriptor: Int32, _ listener: String, isTLS: Bool
  ) -> BoundAddress {
    var bound = SocketAddress()
    _ = unsafe clinux_local_address(descriptor, &bound.storage)
    let (host, port) = bound.numeric
    return BoundAddress(
      listener: listener, host: host, port: port, path: bound.path, isTLS: isTLS)
  }

  /// Whether other loops wait at the same socket.
  var isShared: Bool { if case .port = origin { false } else { true } }

  /// Who has connected to a Unix-domain socket; nil for TCP.
  func process(of connection: Int32) -> PeerProcess? {
    guard address.path != nil else { return nil }
    var peer = clinux_peer()
    // The pointer is to a local.
    guard unsafe clinux_peer(connection, &peer) == 0 else { return nil }
    return PeerProcess(
      processID: peer.process > 0 ? peer.process : nil, userID: peer.user, groupID: peer.group)
  }

  /// Whether another process holds the socket too and goes on listening.
  var isInherited: Bool {
    if case .inherited = origin { true } else { false }
  }

  /// Lets no new connection begin, so that the backlog runs empty.
  func refuseNewConnections() {
    switch origin {
    case .port: _ = clinux_refuse_new_connections(descriptor)
    case .path(let file): file.remove()
    case .inherited: break
    }
  }

  /// Stops listening, without a trace in the file system.
  func close() {
    if case .path(let file) = origin { file.remove() }
    _ = clinux_close(descriptor)
  }
}

/// The file of a Unix-domain socket, which outlives the socket unless it is removed.
struct SocketFile {
  let path: String
  let file: clinux_file

  /// Removes it, unless another socket has taken its place.
  func remove() {
    var file = file
    // The pointer is to a local.
    _ = unsafe clinux_remove_file(path, &file)
  }
}

/// Everything that a server is told at its start.
public struct ServerConfiguration: Sendable {
  /// Where to listen.
  public var listeners: [ListenerConfiguration]
  /// The number of loop threads; they share each TCP port through SO_REUSEPORT, and every other
  /// listener by waking one loop for each connection (EPOLLEXCLUSIVE).
  public var loops = 1
  /// Bounds on what a client may send.
  public var limits = Limits()
  /// How long a client may take.
  public var timeouts = Timeouts()
  /// What HTTP/2 connections are allowed beyond that.
  public var http2 = HTTP2Configuration()
  /// The value of the Server field; nil leaves the field out.
  public var serverName: String?
  /// How many connections each server holds at once, over all loops.
  public var maximumConnections = 10_000
  /// Descriptors at once, over all loops, that clients have passed and no request has taken yet.
  public var maximumPassedDescriptors = 256
  /// TLS handshakes that run at once, over all loops; further ones wait for their turn.
  public var maximumHandshakes = 1000
  /// Connections that the kernel may complete before the loop accepts them.
  public var backlog: Int32 = 4096
  /// Where bodies are kept.
  public var bufferPool: BufferPool

  /// Failures that tests inject into system calls.
  var faults: CallFaults?

  /// Makes a configuration with the defaults of the other settings.
  ///
  /// - Parameters:
  ///   - listeners: Where to listen.
  ///   - bufferPool: Where bodies are kept.
  public init(
    listeners: [ListenerConfiguration],
    bufferPool: BufferPool = BufferPool(maximumIdleBytes: 256 << 20)
  ) {
    self.listeners = listeners
    self.bufferPool = bufferPool
  }

  /// Bounds on what a client may send.
  public struct Limits: Sendable, Equatable {
    /// Bytes of the request line; above: 414.
    public var requestLineBytes = 8 << 10
    /// Bytes of all field lines; above: 431.
    public var fieldBytes = 32 << 10
    /// Number of field lines; above: 431.
    public var fieldCount = 100
    /// Bytes of chunk extensions in one message; above: 400.
    public var chunkExtensionBytes = 4 << 10
    /// Bytes of the trailer section; above: 400.
    public var trailerBytes = 8 << 10
    /// The longest body of a rejected request that is read before the answer, and dropped.
    public var discardedBodyBytes = 16 << 10
    /// Bytes read from a client that still sends after its connection's last answer.
    public var lingerBytes = 64 << 20

    /// Makes the default limits.
    public init() {}
  }

  /// How long a client may take.
  public struct Timeouts: Sendable, Equatable {
    /// From accept to the end of a TLS handshake.
    public var handshake: Duration = .seconds(10)
    /// From the first byte of a head to its end; also from accept to the first byte.
    public var header: Duration = .seconds(10)
    /// Between two reads of a body.
    public var body: Duration = .seconds(30)
    /// Between two requests.
    public var keepAlive: Duration = .seconds(75)
    /// Between two writes of an answer.
    public var write: Duration = .seconds(30)
    /// From the last answer to the end of a connection that the server closes.
    public var linger: Duration = .seconds(5)
    /// For a connection without a request when the server drains: one may be on its way.
    public var idleDuringDrain: Duration = .milliseconds(250)
    /// A body or answer slower than this on the average, in bytes per second, counts as stalled.
    public var minimumBytesPerSecond = 500

    /// Makes the default timeouts.
    public init() {}
  }
}

/// One place to listen.
public struct ListenerConfiguration: Sendable, Equatable {
  /// The kinds of address.
  public enum Endpoint: Sendable, Equatable {
    /// A host (IPv4, IPv6 or a name) and a port; port 0 lets the kernel choose one.
    case tcp(host: String, port: UInt16)
    /// A Unix-domain socket at that path, whose file has these permission bits.
    ///
    /// A socket file on which nobody listens is replaced; the file is removed when the server stops
    /// or drains.
    case unix(path: String, permissions: UInt16 = 0o660)
    /// A socket that listens already, TCP or Unix; the descriptor stays the caller's.
    ///
    /// See ``InheritedListener`` for where such descriptors come from. Connections that wait at it
    /// when the server drains are left to whoever else holds the socket.
    case inherited(descriptor: Int32)
  }

  /// The name that requests carry in ``ConnectionInfo/listener``.
  public var name: String
  /// The address.
  public var endpoint: Endpoint
  /// What is spoken, most wanted first; ALPN offers the same.
  ///
  /// Without TLS a client that begins with HTTP/2's preface gets HTTP/2, any other HTTP/1.
  public var protocols: [ApplicationProtocol] = [.http2, .http1]
  /// How it encrypts; nil for plaintext.
  public var tls: TLSConfiguration?
  /// Whether clients may pass descriptors with their HTTP/1 requests (``Request/descriptors``).
  ///
  /// Only a Unix-domain socket without TLS can; elsewhere, and in HTTP/2, the kernel closes them.
  public var takesDescriptors = false

  /// Listens on an address.
  public init(name: String, endpoint: Endpoint, tls: TLSConfiguration? = nil) {
    self.name = name
    self.endpoint = endpoint
    self.tls = tls
  }

  /// Listens on a TCP port; port 0 lets the kernel choose one.
  public init(name: String, host: String, port: UInt16) {
    self.init(name: name, endpoint: .tcp(host: host, port: port))
  }
}

/// Where a listener really listens.
public struct BoundAddress: Sendable, Equatable {
  /// The listener's name.
  public let listener: String
  /// The numeric address; empty for a Unix-domain socket.
  public let host: String
  /// The port; 0 for a Unix-domain socket.
  public let port: UInt16
  /// The path of a Unix-domain socket; nil for TCP.
  public let path: String?
  /// Whether connections are encrypted.
  public let isTLS: Bool

  init(listener: String, host: String, port: UInt16, path: String? = nil, isTLS: Bool = false) {
    self.listener = listener
    self.host = host
    self.port = port
    self.path = path
    self.isTLS = isTLS
  }

  /// Host and port as in a URL, or `unix:` and a path; IPv6 addresses stand in brackets.
  public var authority: String {
    if let path { return "unix:\(path)" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

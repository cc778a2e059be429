/// A listening socket that a service manager has opened and handed over (sd_listen_fds(3)).
public struct InheritedListener: Sendable, Equatable {
  /// The descriptor.
  public let descriptor: Int32
  /// What the service manager calls it; "unknown" if it has no name.
  public let name: String

  /// Describes a socket.
  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// The first descriptor that is handed over.
  private static let first: Int32 = 3
  /// More would be a mistake.
  private static let most: Int32 = 64

  /// Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES.
  ///
  /// - Parameters:
  ///   - environment: The process's environment.
  ///   - processID: The process's number: variables meant for another process are ignored.
  /// - Returns: The sockets in their order; none if there are none, or none for this process.
  /// - Throws: ``HTTPEngineError/Code/malformedActivation``.
  public static func all(
    in environment: [String: String], processID: Int32
  ) throws(HTTPEngineError) -> [InheritedListener] {
    guard let meant = environment["LISTEN_PID"], let counted = environment["LISTEN_FDS"] else {
      return []
    }
    guard let process = Int32(meant), process > 0, let count = Int32(counted), count >= 0,
      count <= most
    else { throw HTTPEngineError(.malformedActivation) }
    guard process == processID, count > 0 else { return [] }
    var names = [String](repeating: "unknown", count: Int(count))
    if let given = environment["LISTEN_FDNAMES"] {
      names = given.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard names.count == count else { throw HTTPEngineError(.malformedActivation) }
    }
    return zip(first..<first + count, names).map {
      InheritedListener(descriptor: $0, name: $1.isEmpty ? "unknown" : $1)
    }
  }
}

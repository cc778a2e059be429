/// Why a server could not start.
public struct HTTPEngineError: Error, Sendable, Equatable {
  /// What went wrong.
  public enum Code: Sendable, Hashable {
    /// The host is neither an address nor a name that resolves.
    case unresolvableHost
    /// The address cannot be bound.
    case cannotBind
    /// The kernel refused a descriptor or a thread.
    case outOfResources
    /// The server was started before.
    case alreadyStarted
    /// The configuration contradicts itself.
    case invalidConfiguration
  }

  /// What went wrong.
  public let code: Code
  /// The kernel's error number; 0 if it was not asked.
  public let errno: Int32
  /// The listener meant; nil if it concerns none.
  public let listener: String?

  init(_ code: Code, errno: Int32 = 0, listener: String? = nil) {
    self.code = code
    self.errno = errno
    self.listener = listener
  }
}

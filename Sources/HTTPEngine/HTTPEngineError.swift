/// Why a server could not start, or could not take new certificates.
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
    /// A certificate file cannot be read, or holds no certificate.
    case unusableCertificate
    /// A key file cannot be read, holds no key, or wants a passphrase.
    case unusableKey
    /// The key does not belong to the certificate.
    case keyMismatch
    /// The file of client authorities cannot be read, or holds no certificate.
    case unusableClientAuthorities
    /// TLS without a certificate, or settings that OpenSSL does not take.
    case unusableTLSSettings
    /// No listener of that name speaks TLS.
    case unknownListener
    /// The variables of socket activation contradict each other.
    case malformedActivation
  }

  /// What went wrong.
  public let code: Code
  /// The kernel's error number; 0 if it was not asked.
  public let errno: Int32
  /// The listener meant; nil if it concerns none.
  public let listener: String?
  /// The file meant; nil if it concerns none.
  public let file: String?

  init(_ code: Code, errno: Int32 = 0, listener: String? = nil, file: String? = nil) {
    self.code = code
    self.errno = errno
    self.listener = listener
    self.file = file
  }
}

/// Where an HTTP server is: `http://host[:port][/path]`, or `unix:///path` for a socket.
public struct HTTPAddress: Sendable, Equatable {
  /// How to get there.
  enum Place: Sendable, Equatable {
    case tcp(host: String, port: String)
    case unix(path: String)
  }

  let place: Place
  /// The path, without a slash at its end; empty for the root.
  let path: String

  /// Reads an address.
  ///
  /// - Parameter text: As above; nothing here speaks TLS.
  /// - Throws: ``StudyDriverError/Code/unusableAddress``.
  public init(_ text: String) throws(StudyDriverError) {
    let unusable = StudyDriverError(
      .unusableAddress, "must be http://host[:port][/path] or unix:///path")
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw unusable }
    if text.hasPrefix("unix:///"), text.utf8.count > 8 {
      place = .unix(path: String(text.dropFirst(7)))
      path = ""
      return
    }
    guard text.hasPrefix("http://") else { throw unusable }
    let rest = text.dropFirst(7)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    let colon = authority[bracket...].lastIndex(of: ":")
    let host = authority[..<(colon ?? authority.endIndex)].filter { $0 != "[" && $0 != "]" }
    let port = colon.map { authority[authority.index(after: $0)...] } ?? "80"
    guard !host.isEmpty, !host.contains("@"), UInt16(port) != nil else { throw unusable }
    place = .tcp(host: String(host), port: String(port))
    var path = rest[authority.endIndex...]
    while path.hasSuffix("/") { path = path.dropLast() }
    self.path = String(path)
  }

  /// What the `Host` field says.
  var authority: String {
    guard case .tcp(let host, let port) = place else { return "localhost" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

/// Where spans go: `http://host[:port][/path]`.
struct CollectorAddress: Sendable, Equatable {
  /// A name or a numeric address.
  let host: String
  /// A port number.
  let port: String
  /// The path of the request.
  let path: String
  /// The value of the Host field.
  let authority: String

  /// Takes a URL apart; nil unless it is one of plain HTTP without a user, query and fragment.
  init?(_ url: String) {
    let scheme = "http://"
    guard url.hasPrefix(scheme), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      !url.contains(where: { "@?#\\".contains($0) })
    else { return nil }
    let rest = url.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    // In brackets an address has colons of its own.
    let afterHost = authority.lastIndex(of: "]") ?? authority.startIndex
    let colon = authority[afterHost...].lastIndex(of: ":")
    let name = authority[..<(colon ?? authority.endIndex)]
    let port = colon.map { authority[authority.index(after: $0)...] } ?? "80"
    guard !name.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt16(port), number > 0
    else { return nil }
    host = String(name.filter { $0 != "[" && $0 != "]" })
    self.port = "\(number)"
    self.authority = String(authority)
    let path = rest.dropFirst(authority.count)
    self.path = path.isEmpty ? "/v1/traces" : String(path)
  }
}

internal import Glibc

/// Reads the keys file: `[[client]]` tables with name, scopes and one proof each.
///
/// Faults tell file, line and rule, never what is written there: a key that was pasted where its
/// digest belongs must not end up in a log.
struct AccessFile {
  private let path: String
  private var clients: [AccessPolicy.Client] = []
  private var faults: [ConfigurationError.Fault] = []

  /// Reads the clients of a policy.
  ///
  /// - Parameter path: The file, which other users must not be able to open.
  /// - Returns: At least one client.
  /// - Throws: ``ConfigurationError`` with every fault found.
  static func clients(at path: String) throws(ConfigurationError) -> [AccessPolicy.Client] {
    var file = AccessFile(path: path)
    file.checkPermissions()
    file.readClients()
    guard file.faults.isEmpty else { throw ConfigurationError(faults: file.faults) }
    return file.clients
  }

  private init(path: String) { self.path = path }

  /// Digests of random keys give nothing away, but a file that others may write gives everything.
  private mutating func checkPermissions() {
    var information = stat()
    // The pointer lives for the call only.
    guard unsafe stat(path, &information) == 0, information.st_mode & 0o007 != 0 else { return }
    add(nil, "is open to other users; chmod o-rwx", code: .conflict)
  }

  private mutating func readClients() {
    do throws(TOMLError) {
      let file = try TOMLFile(path: path)
      for entry in file.entries { readRoot(entry) }
      if clients.isEmpty && faults.isEmpty { add(nil, "has no [[client]]") }
    } catch {
      add(
        error.line, error.code == .syntax ? "is not TOML" : error.detail, code: .unreadableFile)
    }
  }

  private mutating func readRoot(_ entry: TOMLEntry) {
    guard entry.key == "client", case .array(let tables) = entry.value else {
      return add(entry.line, "only [[client]] tables stand here", code: .unknownName)
    }
    for table in tables {
      guard case .table(let members) = table.value else {
        add(table.line, "a client is a table, [[client]]")
        continue
      }
      guard let client = client(members, line: table.line) else { continue }
      admit(client, line: table.line)
    }
  }

  private mutating func client(_ members: [TOMLEntry], line: Int) -> AccessPolicy.Client? {
    let count = faults.count
    var (name, scopes, proofs): (String?, Set<AccessScope>?, [AccessPolicy.Proof]) = (nil, nil, [])
    for member in members {
      switch member.key {
      case "name": name = self.name(member)
      case "scopes": scopes = self.scopes(member)
      case "sha256", "certificate", "uid": proof(member).map { proofs.append($0) }
      default: add(member.line, "a client has no such member", code: .unknownName)
      }
    }
    guard faults.count == count else { return nil }
    guard let name else { return refuse(line, "the client has no name") }
    guard let scopes else { return refuse(line, "the client has no scopes") }
    guard proofs.count == 1 else {
      return refuse(line, "a client has one of sha256, certificate and uid")
    }
    return AccessPolicy.Client(name: name, scopes: scopes, proof: proofs[0])
  }

  private mutating func admit(_ client: AccessPolicy.Client, line: Int) {
    guard !clients.contains(where: { $0.name == client.name }) else {
      return add(line, "another client has this name", code: .conflict)
    }
    guard !clients.contains(where: { $0.proof.overlaps(client.proof) }) else {
      return add(line, "another client has this key, certificate or uid", code: .conflict)
    }
    clients.append(client)
  }

  private mutating func name(_ member: TOMLEntry) -> String? {
    if case .text(let text) = member.value, APIKey.isName(text) { return text }
    return refuse(member.line, "a name is 1 to 64 of A-Z a-z 0-9 . _ @ -")
  }

  private mutating func scopes(_ member: TOMLEntry) -> Set<AccessScope>? {
    let words = AccessScope.allCases.map(\.rawValue).joined(separator: ", ")
    let rule = "scopes is an array of some of \(words)"
    guard case .array(let entries) = member.value, !entries.isEmpty else {
      return refuse(member.line, rule)
    }
    let scopes = entries.compactMap { entry -> AccessScope? in
      guard case .text(let text) = entry.value else { return nil }
      return AccessScope(rawValue: text)
    }
    guard scopes.count == entries.count else { return refuse(member.line, rule) }
    return Set(scopes)
  }

  private mutating func proof(_ member: TOMLEntry) -> AccessPolicy.Proof? {
    switch (member.key, member.value) {
    case ("sha256", .text(let text)): return keys([text], line: member.line)
    case ("sha256", .array(let entries)):
      let texts = entries.map { if case .text(let text) = $0.value { text } else { "" } }
      return keys(texts, line: member.line)
    case ("certificate", .text(let text)): return certificate(text, line: member.line)
    case ("uid", .integer(let number)):
      guard let user = UInt32(exactly: number) else { break }
      return .user(user)
    default: break
    }
    return refuse(member.line, "\(member.key) has the wrong type")
  }

  private mutating func keys(_ texts: [String], line: Int) -> AccessPolicy.Proof? {
    let digests = texts.compactMap { SHA256Digest(hexadecimal: $0) }
    guard !digests.isEmpty, digests.count == texts.count else {
      return refuse(line, "sha256 is the digest of a key, 64 hexadecimal digits, not the key")
    }
    return .key(digests)
  }

  private mutating func certificate(_ text: String, line: Int) -> AccessPolicy.Proof? {
    let prefix = "sha256:"
    guard text.hasPrefix(prefix) else {
      return text.isEmpty ? refuse(line, "certificate is empty") : .certificateName(text)
    }
    let digits = text.dropFirst(prefix.count).filter { $0 != ":" }
    guard let digest = SHA256Digest(hexadecimal: digits) else {
      return refuse(line, "a certificate's sha256: is followed by 64 hexadecimal digits")
    }
    return .certificateDigest(digest)
  }

  private mutating func refuse<Value>(_ line: Int, _ rule: String) -> Value? {
    add(line, rule)
    return nil
  }

  private mutating func add(
    _ line: Int?, _ rule: String, code: ConfigurationError.Code = .valueNotAllowed
  ) {
    let name = line.map { "\(path):\($0)" } ?? path
    faults.append(.init(code: code, name: name, reason: rule))
  }
}

extension AccessPolicy.Proof {
  /// Whether one credential would prove both.
  fileprivate func overlaps(_ other: Self) -> Bool {
    guard case .key(let mine) = self, case .key(let theirs) = other else { return self == other }
    return mine.contains { digest in theirs.contains(digest) }
  }
}

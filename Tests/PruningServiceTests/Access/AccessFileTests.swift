import Testing

@testable import PruningService

@Suite struct AccessFileTests {
  private static let digest = SHA256Digest(of: "a key".utf8)
  private static let other = SHA256Digest(of: "another key".utf8)
  private static var hex: String { digest.hexadecimal }

  private func clients(_ text: String) throws -> [AccessPolicy.Client] {
    let file = try ScratchFile(text, name: "keys.toml")
    return try withExtendedLifetime(file) { try AccessFile.clients(at: file.path) }
  }

  private func lines(_ text: String, permissions: Int = 0o600) throws -> [String] {
    let file = try ScratchFile(text, name: "keys.toml", permissions: permissions)
    let error = try #require(throws: ConfigurationError.self) {
      try withExtendedLifetime(file) { try AccessFile.clients(at: file.path) }
    }
    return error.lines.map { $0.replacing(file.path, with: "F") }
  }

  @Test func `every kind of proof is read`() throws {
    let clients = try clients(
      """
      [[client]]
      name = "gateway"
      scopes = ["prune", "read"]
      sha256 = "\(Self.hex)"

      [[client]]
      name = "rotating@team-1"
      scopes = ["calibrate"]
      sha256 = ["\(Self.other.hexadecimal.uppercased())", "\(SHA256Digest(of: [1]).hexadecimal)"]

      [[client]]
      name = "mesh"
      scopes = ["prune"]
      certificate = "spiffe://cluster/ns/a"

      [[client]]
      name = "pinned"
      scopes = ["admin"]
      certificate = "sha256:\(Self.hex)"

      [[client]]
      name = "sidecar"
      scopes = ["prune"]
      uid = 1000
      """)
    #expect(
      clients.map(\.proof) == [
        .key([Self.digest]), .key([Self.other, SHA256Digest(of: [1])]),
        .certificateName("spiffe://cluster/ns/a"), .certificateDigest(Self.digest), .user(1000),
      ])
    #expect(clients.map(\.name) == ["gateway", "rotating@team-1", "mesh", "pinned", "sidecar"])
    #expect(clients[0].scopes == [.prune, .read])
    #expect(
      clients.map(\.identity.text) == [
        "key:gateway", "key:rotating@team-1", "certificate:mesh", "certificate:pinned",
        "user:sidecar",
      ])
  }

  @Test(
    arguments: [
      ("", "F: has no [[client]]"), ("x = 1", "F:1: only [[client]] tables stand here"),
      ("client = 1", "F:1: only [[client]] tables stand here"),
      ("client = [1]", "F:1: a client is a table, [[client]]"),
      ("[[client]]\nname = \"a\"\nuid = 1", "F:1: the client has no scopes"),
      ("[[client]]\nscopes = [\"read\"]\nuid = 1", "F:1: the client has no name"),
      (
        "[[client]]\nname = \"a\"\nscopes = [\"read\"]",
        "F:1: a client has one of sha256, certificate and uid"
      ),
      (
        "[[client]]\nname = \"a\"\nscopes = [\"read\"]\nuid = 1\ncertificate = \"x\"",
        "F:1: a client has one of sha256, certificate and uid"
      ),
      ("[[client]]\nname = \"a b\"", "F:2: a name is 1 to 64 of A-Z a-z 0-9 . _ @ -"),
      ("[[client]]\nkey = \"secret\"", "F:2: a client has no such member"),
      (
        "[[client]]\nscopes = [\"write\"]",
        "F:2: scopes is an array of some of prune, read, calibrate, admin"
      ),
      (
        "[[client]]\nscopes = []",
        "F:2: scopes is an array of some of prune, read, calibrate, admin"
      ),
      ("[[client]]\nuid = -1", "F:2: uid has the wrong type"),
      ("[[client]]\nuid = \"root\"", "F:2: uid has the wrong type"),
      (
        "[[client]]\nsha256 = \"vflowopt_secret\"",
        "F:2: sha256 is the digest of a key, 64 hexadecimal digits, not the key"
      ),
      (
        "[[client]]\nsha256 = []",
        "F:2: sha256 is the digest of a key, 64 hexadecimal digits, not the key"
      ),
      ("[[client]]\ncertificate = \"\"", "F:2: certificate is empty"),
      (
        "[[client]]\ncertificate = \"sha256:12\"",
        "F:2: a certificate's sha256: is followed by 64 hexadecimal digits"
      ),
      ("[[client]]\nname = secret", "F:2: is not TOML"),
    ]) func `a fault is told with its line, and never with what is written there`(
      text: String, line: String
    ) throws
  {
    let lines = try lines(text)
    #expect(lines.first == "configuration: " + line)
    #expect(!lines.joined().contains("secret"))
  }

  @Test func `two clients never share a name or a proof`() throws {
    func client(_ name: String, _ proof: String) -> String {
      "[[client]]\nname = \"\(name)\"\nscopes = [\"read\"]\n\(proof)\n"
    }
    let first = client("a", "sha256 = \"\(Self.hex)\"")
    #expect(
      try lines(first + client("a", "uid = 1")) == [
        "configuration: F:5: another client has this name"
      ])
    let rule = "configuration: F:5: another client has this key, certificate or uid"
    let pair = "sha256 = [\"\(Self.other.hexadecimal)\", \"\(Self.hex)\"]"
    #expect(try lines(first + client("b", pair)) == [rule])
    #expect(try lines(client("a", "uid = 1") + client("b", "uid = 1")) == [rule])
  }

  @Test(arguments: [(0o644, true), (0o602, true), (0o640, false), (0o400, false)])
  func `a file that other users may open is refused`(permissions: Int, isRefused: Bool) throws {
    let text = "[[client]]\nname = \"a\"\nscopes = [\"read\"]\nuid = 1"
    let file = try ScratchFile(text, name: "keys.toml", permissions: permissions)
    guard isRefused else {
      #expect(try AccessFile.clients(at: file.path).count == 1)
      return
    }
    #expect(
      try lines(text, permissions: permissions) == [
        "configuration: F: is open to other users; chmod o-rwx"
      ])
  }

  @Test func `a file that is not there is a fault`() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try AccessFile.clients(at: "/no/such/keys.toml")
    }
    #expect(error.lines == ["configuration: /no/such/keys.toml: cannot be read"])
  }
}

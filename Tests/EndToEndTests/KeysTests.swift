import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct KeysTests {
  private func write(_ text: String, permissions: Int = 0o600) throws -> String {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path)
    return path
  }

  /// A key and the entry that lets it in.
  private func create(_ name: String, _ scope: String) throws -> (key: String, entry: String) {
    let outcome = try ProgramRun.outcome("keys", "create", "--name", name, "--scope", scope)
    #expect(outcome.code == 0)
    let parts = outcome.text.split(separator: "\n\n", maxSplits: 1)
    return (String(parts[0]), String(try #require(parts.dropFirst().first)))
  }

  @Test func `a key that was made lets its owner in, after SIGHUP too`() throws {
    let (first, second) = (try create("one", "read"), try create("two", "prune,read"))
    let path = try write(first.entry)
    let service = try RunningService("--api-keys", path)
    func status(_ key: String) throws -> Int {
      try ServiceConnection(port: service.port)
        .exchange("GET", "/info", fields: [("Authorization", "Bearer \(key)")]).status
    }
    #expect(try status(first.key) == 200)
    #expect(try status(second.key) == 401)
    #expect(try ServiceConnection(port: service.port).exchange("GET", "/readyz").status == 200)
    try Data((first.entry + "\n" + second.entry).utf8).write(to: URL(filePath: path))
    service.run.signal(SIGHUP)
    for _ in 0..<400 where try status(second.key) != 200 { usleep(25_000) }
    #expect(try status(second.key) == 200)
    try Data("broken".utf8).write(to: URL(filePath: path))
    service.run.signal(SIGHUP)
    service.run.signal(SIGTERM)
    let outcome = try service.run.outcome()
    #expect(outcome.code == 0)
    for secret in [first.key, second.key] { #expect(!outcome.errors.contains(secret)) }
    #expect(outcome.errors.contains("\"client\":\"key:two\""))
  }

  @Test func `a keys file is checked without a service`() throws {
    let path = try write(try create("gateway", "admin,prune").entry)
    let good = try ProgramRun.outcome("keys", "check", path)
    #expect(good.code == 0)
    #expect(good.text == "key:gateway prune,admin\n")
    let bad = try ProgramRun.outcome("keys", "check", try write("[[client]]\nname = \"a\""))
    #expect(bad.code == 78)
    #expect(bad.errors.contains(":1: the client has no scopes"))
  }

  @Test func `a keys file that is open to others or wrong stops the start with 78`() throws {
    let entry = try create("gateway", "prune").entry
    for path in [try write(entry, permissions: 0o644), try write("x = 1"), "/no/such/file"] {
      let outcome = try ProgramRun.outcome("serve", "--port", "0", "--api-keys", path)
      #expect(outcome.code == 78)
      #expect(outcome.errors.hasPrefix("configuration: \(path)"))
    }
  }

  @Test(
    arguments: [
      ["--name", "a b", "--scope", "read"], ["--name", "a", "--scope", "write"],
      ["--name", "a", "--scope", ""], ["--name", "a"], ["--scope", "read"],
    ]) func `wrong names and scopes are exit 64`(arguments: [String]) throws
  {
    let run = try ProgramRun(["keys", "create"] + arguments)
    #expect(try run.outcome().code == 64)
  }
}

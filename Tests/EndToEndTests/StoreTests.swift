import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct StoreTests {
  private let study = Array(
    #"{"name":"s","layers":28,"stage_layers":[9,18],"token_budget":0.25}"#.utf8)
  private let fields = [("Content-Type", "application/json")]

  @Test func `a study outlives kill -9`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).sqlite").path
    defer {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    let service = try RunningService("--store", "sqlite://\(path)")
    let created = try ServiceConnection(port: service.port)
      .exchange("POST", "/v1/studies", fields: fields, body: study)
    #expect(created.status == 201)
    service.run.signal(SIGKILL)
    _ = try service.run.outcome()
    let again = try RunningService("--store", "sqlite://\(path)")
    let answer = try ServiceConnection(port: again.port).exchange("GET", "/v1/studies/s")
    #expect(answer.status == 200)
  }

  @Test func `without a state directory studies are kept in memory, and that is told`() throws {
    let service = try RunningService("--log-format", "json")
    let created = try ServiceConnection(port: service.port)
      .exchange("POST", "/v1/studies", fields: fields, body: study)
    #expect(created.status == 201)
    service.run.signal(SIGTERM)
    let outcome = try service.run.outcome()
    #expect(outcome.errors.contains("studies are kept in memory only"))
  }

  @Test(
    arguments: [
      ["--store", "sqlite:///proc/none/s.sqlite"], ["--store", "sqlite://relative"],
      ["--store", "mysql://host/db"], [],
    ])
  func `a store that cannot be ends the start with 78`(arguments: [String]) throws {
    let outcome = try ProgramRun(
      ["serve", "--port", "0"] + arguments, environment: ["STATE_DIRECTORY": "/proc/none"]
    ).outcome()
    #expect(outcome.code == 78)
    #expect(outcome.errors.split(separator: "\n").contains { $0.contains("store") })
    #expect(!outcome.errors.contains("mysql"))
  }
}

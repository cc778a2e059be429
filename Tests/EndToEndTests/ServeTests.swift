import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct ServeTests {
  @Test func `one line says where it listens, and SIGTERM ends it with 0`() throws {
    let service = try RunningService()
    let answer = try ServiceConnection(port: service.port).exchange("GET", "/readyz")
    #expect(answer.status == 200)
    service.run.signal(SIGTERM)
    let outcome = try service.run.outcome()
    #expect(outcome.code == 0)
    #expect(outcome.text.isEmpty)
  }

  @Test func `SIGINT drains as well`() throws {
    let service = try RunningService()
    service.run.signal(SIGINT)
    #expect(try service.run.outcome().code == 0)
  }

  /// A request whose head has been admitted and whose body is on its way.
  private func halfSent(_ service: RunningService) throws -> ServiceConnection {
    let body = ServiceRequests.json
    let connection = try ServiceConnection(port: service.port)
    try connection.send(
      "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + "Expect: 100-continue\r\nContent-Length: \(body.count)\r\n\r\n")
    #expect(try connection.readAnswer().status == 100)
    return connection
  }

  @Test func `a request that was accepted before the signal is answered`() throws {
    let service = try RunningService()
    let connection = try halfSent(service)
    service.run.signal(SIGTERM)
    try connection.send(ServiceRequests.json)
    #expect(try connection.readAnswer().status == 200)
    #expect(try service.run.outcome().code == 0)
  }

  @Test func `the grace period ends the wait for a client that stalls`() throws {
    let service = try RunningService("--drain-grace-seconds", "0.2")
    let connection = try halfSent(service)
    service.run.signal(SIGTERM)
    #expect(try service.run.outcome().code == 0)
    #expect(connection.isClosedByPeer())
  }

  @Test func `a second signal ends it at once`() throws {
    let service = try RunningService()
    let connection = try halfSent(service)
    service.run.signal(SIGINT)
    // Both signals may be pending together; another kind is never merged with the first.
    service.run.signal(SIGTERM)
    let outcome = try service.run.outcome()
    #expect(outcome.code == 128 + SIGTERM || outcome.code == 128 + SIGINT)
    withExtendedLifetime(connection) {}
  }

  @Test func `a port that is taken is exit 69`() throws {
    let first = try RunningService()
    let second = try ProgramRun.outcome("serve", "--port", "\(first.port)")
    #expect(second.code == 69)
    #expect(second.errors.contains("\(first.port): Address already in use"))
    #expect(second.text.isEmpty)
  }

  @Test func `wrong settings are exit 78, all in one go`() throws {
    let outcome = try ProgramRun.outcome(
      "serve", "--port", "70000", "--threads", "none",
      environment: ["VFLOWOPT_NO_SUCH": "1", "VFLOWOPT_LOOPS": "0"])
    #expect(outcome.code == 78)
    for name in ["VFLOWOPT_NO_SUCH", "VFLOWOPT_LOOPS", "--port", "--threads"] {
      #expect(outcome.errors.contains("configuration: \(name): "))
    }
    #expect(outcome.errors.split(separator: "\n").count == 4)
  }

  @Test func `an unknown flag is exit 64`() throws {
    #expect(try ProgramRun.outcome("serve", "--no-such-flag").code == 64)
  }

  @Test func `a kernel set that this processor lacks is exit 78`() throws {
    #if arch(x86_64)
    let foreign = "neon"
    #else
    let foreign = "avx2"
    #endif
    let outcome = try ProgramRun.outcome("serve", "--port", "0", "--kernel-set", foreign)
    #expect(outcome.code == 78)
    #expect(outcome.errors.contains("portable"))
  }

  @Test func `the effective settings are printed with their sources`() throws {
    let outcome = try ProgramRun.outcome(
      "serve", "--print-config", "--threads", "3", environment: ["VFLOWOPT_PORT": "9"])
    #expect(outcome.code == 0)
    #expect(outcome.text.contains("threads = 3  # flag\n"))
    #expect(outcome.text.contains("port = 9  # environment\n"))
    #expect(outcome.text.contains("loops = 1  # default\n"))
  }

  @Test func `a file gives what neither flag nor variable gives`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data("threads = 3\nloops = 2\nport = 7\n".utf8).write(to: file)
    let outcome = try ProgramRun.outcome(
      "serve", "--print-config", "--threads", "4",
      environment: ["VFLOWOPT_CONFIG": file.path, "VFLOWOPT_PORT": "9"])
    #expect(outcome.code == 0)
    #expect(outcome.text.contains("threads = 4  # flag\n"))
    #expect(outcome.text.contains("port = 9  # environment\n"))
    #expect(outcome.text.contains("loops = 2  # file \(file.path):2\n"))
    try Data("no_such = 1\nport = \"x\"\n".utf8).write(to: file)
    let wrong = try ProgramRun.outcome("serve", "--config", file.path)
    #expect(wrong.code == 78)
    #expect(wrong.errors.contains("configuration: \(file.path):1: no_such: there is no such"))
    #expect(wrong.errors.contains("configuration: \(file.path):2: port: must be an integer"))
  }

  @Test func `every listener has a line, the one for data first`() throws {
    let service = try RunningService("--admin-port", "0")
    let line = service.run.firstLine()
    #expect(line.hasPrefix("listening on http://127.0.0.1:"))
    #expect(line.hasSuffix(" (admin)"))
    let port = line.dropLast(8).split(separator: ":").last.flatMap { UInt16($0) }
    let answer = try ServiceConnection(port: try #require(port)).exchange("GET", "/metrics")
    #expect(answer.status == 200)
    #expect(try ServiceConnection(port: service.port).exchange("GET", "/metrics").status == 404)
  }

  @Test func `every setting has a flag, which counts`() throws {
    let settings = try ProgramRun.outcome("serve", "--print-config").text.split(separator: "\n")
    let help = try ProgramRun.outcome("serve", "--help").text
    #expect(settings.count >= 20)
    for setting in settings {
      let name = setting.prefix { $0 != " " }
      #expect(help.contains("--" + name.replacing("_", with: "-") + " <"), "\(name)")
      #expect(help.contains("VFLOWOPT_" + name.uppercased()), "\(name)")
    }
    let flags = settings.flatMap { setting in
      let name = setting.prefix { $0 != " " }
      let value = setting.dropFirst(name.count + 3).prefix { $0 != " " }
      return ["--" + name.replacing("_", with: "-"), value.filter { $0 != "\"" }]
    }
    let given = try ProgramRun(["serve", "--print-config"] + flags).outcome()
    for line in given.text.split(separator: "\n") { #expect(line.hasSuffix("# flag"), "\(line)") }
    #expect(given.code == 0)
  }
}

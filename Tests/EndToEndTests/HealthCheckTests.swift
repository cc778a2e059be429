import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct HealthCheckTests {
  @Test func `a ready service is exit 0`() throws {
    let service = try RunningService()
    let port = "\(service.port)"
    #expect(try ProgramRun.outcome("healthcheck", "--port", port).code == 0)
    #expect(try ProgramRun.outcome("healthcheck", "--host", "localhost", "--port", port).code == 0)
    #expect(try ProgramRun.outcome("healthcheck", environment: ["VFLOWOPT_PORT": port]).code == 0)
    let url = "http://127.0.0.1:\(port)"
    #expect(try ProgramRun.outcome("healthcheck", "--url", url).code == 0)
    #expect(try ProgramRun.outcome("healthcheck", "--url", url + "/livez").code == 0)
    #expect(try ProgramRun.outcome("healthcheck", "--url", url + "/nothing").code == 69)
  }

  @Test func `nobody at the address is exit 69`() throws {
    // Port 1 of the loopback address: nothing listens there on any machine that runs tests.
    #expect(try ProgramRun.outcome("healthcheck", "--port", "1").code == 69)
  }

  @Test(arguments: ["ftp://x", "127.0.0.1:80", "http://", "http://:80"])
  func `another kind of address is exit 64`(url: String) throws {
    #expect(try ProgramRun.outcome("healthcheck", "--url", url).code == 64)
  }

  @Test func `the version is one line`() throws {
    let outcome = try ProgramRun.outcome("--version")
    #expect(outcome.code == 0)
    #expect(outcome.text.split(separator: ".").count == 3)
  }
}

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct HealthCheckTests {
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

  @Test func `a service on a Unix socket is asked there`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let service = try RunningService("--unix-socket", path, "--unix-socket-mode", "0600")
    #expect(service.run.firstLine() == "listening on unix:\(path)")
    #expect(try ProgramRun.outcome("healthcheck", "--unix-socket", path).code == 0)
    let environment = ["VFLOWOPT_UNIX_SOCKET": path, "VFLOWOPT_PORT": ""]
    #expect(try ProgramRun.outcome("healthcheck", environment: environment).code == 0)
    #expect(try ServiceConnection(path: path).exchange("GET", "/readyz").status == 200)
    service.run.signal(SIGTERM)
    #expect(try service.run.outcome().code == 0)
    #expect(try ProgramRun.outcome("healthcheck", "--unix-socket", path).code == 69)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `an admin port is asked when nothing else is plain`() throws {
    let environment = [
      "VFLOWOPT_PORT": "", "VFLOWOPT_TLS_CERTIFICATE": "c", "VFLOWOPT_TLS_KEY": "k",
    ]
    #expect(try ProgramRun.outcome("healthcheck", environment: environment).code == 78)
    let admin = environment.merging(["VFLOWOPT_ADMIN_PORT": "1"]) { $1 }
    #expect(try ProgramRun.outcome("healthcheck", environment: admin).code == 69)
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

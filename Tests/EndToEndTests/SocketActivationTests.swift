import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct SocketActivationTests {
  /// Does what systemd does for a socket unit: listens, and hands the descriptors over.
  private static let launcher = [
    "/usr/bin/python3", "-c",
    """
    import os, socket, sys
    sockets = [socket.create_server(('127.0.0.1', 0))]
    sockets.append(socket.socket(socket.AF_UNIX))
    sockets[1].bind(os.environ.pop('SOCKET_PATH'))
    sockets[1].listen()
    for index, each in enumerate(sockets):
        os.dup2(each.fileno(), 3 + index)
        os.set_inheritable(3 + index, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2')
    os.execv(sys.argv[1], sys.argv[1:])
    """,
  ]

  private let path = FileManager.default.temporaryDirectory
    .appending(path: UUID().uuidString).path

  private func start(_ variables: [String: String]) throws -> ProgramRun {
    try ProgramRun(
      ["serve"], environment: variables.merging(["SOCKET_PATH": path]) { $1 },
      through: Self.launcher)
  }

  @Test func `sockets that are handed over take the place of the plain listener`() throws {
    let run = try start([:])
    let line = run.firstLine()
    #expect(line.hasPrefix("listening on http://127.0.0.1:"))
    #expect(run.firstLine() == "listening on unix:\(path)")
    let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
    #expect(port != 8080)
    #expect(try ServiceConnection(port: port).exchange("GET", "/metrics").status == 200)
    #expect(try ServiceConnection(path: path).exchange("GET", "/readyz").status == 200)
    run.signal(SIGTERM)
    #expect(try run.outcome().code == 0)
    try? FileManager.default.removeItem(atPath: path)
  }

  @Test func `the name of a socket decides which listener it is`() throws {
    let run = try start(["LISTEN_FDNAMES": "main:admin"])
    let line = run.firstLine()
    #expect(run.firstLine() == "listening on unix:\(path) (admin)")
    let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
    #expect(try ServiceConnection(port: port).exchange("GET", "/metrics").status == 404)
    #expect(try ServiceConnection(path: path).exchange("GET", "/metrics").status == 200)
    #expect(try ServiceConnection(path: path).exchange("POST", "/v1/prune").status == 404)
    try? FileManager.default.removeItem(atPath: path)
  }

  /// A socket that is named for TLS must never answer in the clear.
  @Test(arguments: ["one", "main:tls"])
  func `variables that contradict the settings are exit 78`(names: String) throws {
    let outcome = try start(["LISTEN_FDNAMES": names]).outcome()
    #expect(outcome.code == 78)
    #expect(outcome.errors.contains("configuration: LISTEN_FD"))
    #expect(outcome.text.isEmpty)
    try? FileManager.default.removeItem(atPath: path)
  }
}

import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing

@testable import PruningService

/// Users of Unix-domain sockets against a running service.
@Suite struct SocketAccessTests {
  private let path = FileManager.default.temporaryDirectory
    .appending(path: UUID().uuidString).path

  private func status(ofUser user: UInt32) throws -> (status: Int, client: String) {
    let file = try ScratchFile(
      "[[client]]\nname = \"sidecar\"\nscopes = [\"read\"]\nuid = \(user)\n", name: "keys.toml")
    let service = try withExtendedLifetime(file) {
      try LoopbackService {
        $0.apiKeys = file.path
        $0.unixSocket = path
      }
    }
    let status = try service.connect(path: path).exchange("GET", "/info").status
    let clients = service.records.all.compactMap { record -> LogValue? in
      record.fields.first { $0.key == "client" }?.value
    }
    guard case .string(let client)? = clients.first else { return (status, "") }
    return (status, client)
  }

  @Test func `the user of a Unix socket is a client by number`() throws {
    let known = try status(ofUser: getuid())
    #expect(known.status == 200)
    #expect(known.client == "user:sidecar")
    let unknown = try status(ofUser: getuid() &+ 1)
    #expect(unknown.status == 401)
    #expect(unknown.client == "uid:\(getuid())")
  }

  @Test func `the socket has the permissions of the settings and is gone with the service`() throws
  {
    let service = try LoopbackService {
      $0.unixSocket = path
      $0.unixSocketMode = 0o600
    }
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try service.connect(path: path).exchange("GET", "/readyz").status == 200)
    service.service.drain()
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}

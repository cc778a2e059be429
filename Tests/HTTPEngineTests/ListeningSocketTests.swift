import CLinux
import Testing

@testable import HTTPEngine

@Suite struct ListeningSocketTests {
  private func listen(_ host: String) throws(HTTPEngineError) -> ListeningSocket {
    try ListeningSocket(
      ListenerConfiguration(name: "n", host: host, port: 0), port: nil, backlog: 8,
      sharesPort: false)
  }

  @Test(arguments: ["127.0.0.1", "::1", "localhost"])
  func `says where it really listens`(_ host: String) throws {
    let socket = try listen(host)
    defer { _ = clinux_close(socket.descriptor) }
    #expect(socket.address.listener == "n")
    #expect(socket.address.port > 0)
    #expect(["127.0.0.1", "::1"].contains(socket.address.host))
  }

  @Test func `does not find a host that is none`() {
    let error = #expect(throws: HTTPEngineError.self) { try self.listen("no host") }
    #expect(error?.code == .unresolvableHost)
  }

  @Test func `cannot bind an address of somebody else`() {
    let error = #expect(throws: HTTPEngineError.self) { try self.listen("192.0.2.1") }
    #expect(error?.code == .cannotBind)
    #expect((error?.errno ?? 0) > 0)
  }

  @Test func `brackets IPv6 addresses`() {
    #expect(BoundAddress(listener: "", host: "::1", port: 80).authority == "[::1]:80")
    #expect(BoundAddress(listener: "", host: "1.2.3.4", port: 80).authority == "1.2.3.4:80")
  }
}

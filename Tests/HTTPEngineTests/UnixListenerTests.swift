import Foundation
import Testing

@testable import HTTPEngine

/// Unix-domain sockets, inherited sockets and several listeners at once.
@Suite struct UnixListenerTests {
  private let path: String

  init() {
    let name = "vflowopt-\(UUID().uuidString.prefix(8)).sock"
    path = FileManager.default.temporaryDirectory.appending(path: name).path()
  }

  private func unix(permissions: UInt16 = 0o660) -> ListenerConfiguration {
    ListenerConfiguration(
      name: "unix", endpoint: .unix(path: path, permissions: permissions))
  }

  private func server(
    _ listeners: [ListenerConfiguration], loops: Int = 1,
    responder: any Responder = ListenerResponder()
  ) -> HTTPServer {
    var configuration = ServerConfiguration(listeners: listeners)
    configuration.loops = loops
    return HTTPServer(configuration: configuration, responder: responder)
  }

  private func answer(_ client: LoopbackClient?) -> String? {
    client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return client?.readResponse()?.text
  }

  private func kind(_ path: String) -> (isThere: Bool, permissions: UInt32) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return (false, 0) }
    return (true, status.st_mode & 0o777)
  }

  @Test(arguments: [1, 2])
  func `serves a path and removes it at the end`(_ loops: Int) throws {
    let server = server([unix(permissions: 0o600)], loops: loops)
    let address = try server.start()[0]
    #expect(address.path == path)
    #expect(address.authority == "unix:\(path)")
    #expect(kind(path).permissions == 0o600)
    for _ in 0..<8 {
      #expect(answer(LoopbackClient(path: path)) == "unix  \(getuid()) \(getpid())")
    }
    server.stop()
    #expect(!kind(path).isThere)
  }

  @Test func `replaces a socket that nobody listens at`() throws {
    let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
    close(stale)
    #expect(kind(path).isThere)
    let server = server([unix()])
    _ = try server.start()
    #expect(answer(LoopbackClient(path: path)) != nil)
  }

  @Test func `leaves the socket of a server that is alive`() throws {
    let first = server([unix()])
    _ = try first.start()
    let second = server([unix()])
    let error = #expect(throws: HTTPEngineError.self) { try second.start() }
    #expect(error?.code == .cannotBind)
    #expect(error?.errno == EADDRINUSE)
    #expect(answer(LoopbackClient(path: path)) != nil)
  }

  @Test func `leaves files that are no sockets`() throws {
    try Data("precious".utf8).write(to: URL(filePath: path))
    defer { unsafe unlink(path) }
    let error = #expect(throws: HTTPEngineError.self) { try self.server([self.unix()]).start() }
    #expect(error?.errno == EADDRINUSE)
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
  }

  @Test(arguments: [("", EINVAL), (String(repeating: "/a", count: 60), ENAMETOOLONG)])
  func `refuses paths that do not fit`(_ path: String, _ errno: Int32) {
    let listener = ListenerConfiguration(name: "unix", endpoint: .unix(path: path))
    let error = #expect(throws: HTTPEngineError.self) { try self.server([listener]).start() }
    #expect(error?.code == .cannotBind)
    #expect(error?.errno == errno)
  }

  @Test func `leaves the path to its successor when it drains`() throws {
    let old = server([unix()])
    _ = try old.start()
    let waiting = LoopbackClient(path: path)
    let drain = try BackgroundThread { _ = old.drain(gracePeriod: .seconds(5)) }
    #expect(eventually { !kind(path).isThere })
    let new = server([unix()])
    _ = try new.start()
    // Who was connected before is still answered.
    #expect(answer(waiting) != nil)
    drain.join()
    old.stop()
    #expect(kind(path).isThere)
    #expect(answer(LoopbackClient(path: path)) != nil)
  }

  @Test func `drains a client that waits in the backlog`() throws {
    let server = server([unix()])
    _ = try server.start()
    let clients = (0..<20).map { _ in LoopbackClient(path: path) }
    for client in clients { client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
    #expect(server.drain(gracePeriod: .seconds(5)))
    for client in clients { #expect(client?.readResponse()?.status == 200) }
  }

  // MARK: Several listeners

  @Test func `tells listeners apart`() throws {
    var secure = ListenerConfiguration(name: "secure", host: "127.0.0.1", port: 0)
    secure.tls = try TLSConfiguration.test()
    let server = server([
      ListenerConfiguration(name: "data", host: "127.0.0.1", port: 0), secure,
      ListenerConfiguration(name: "admin", host: "127.0.0.1", port: 0), unix(),
    ])
    let addresses = try server.start()
    #expect(addresses.map(\.listener) == ["data", "secure", "admin", "unix"])
    #expect(addresses.map(\.isTLS) == [false, true, false, false])
    #expect(answer(LoopbackClient(port: addresses[0].port)) == "data 127.0.0.1")
    #expect(answer(LoopbackClient(port: addresses[2].port)) == "admin 127.0.0.1")
    #expect(answer(LoopbackClient(path: path))?.hasPrefix("unix ") == true)
    let client = try TLSLoopbackClient(#require(LoopbackClient(port: addresses[1].port)))
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.text == "secure 127.0.0.1")
  }

  @Test(arguments: [1, 2])
  func `serves a socket that was handed over, and leaves it`(_ loops: Int) throws {
    let listener = try ListeningSocket(
      ListenerConfiguration(name: "outside", host: "127.0.0.1", port: 0), backlog: 8)
    defer { listener.close() }
    let inherited = ListenerConfiguration(
      name: "inherited", endpoint: .inherited(descriptor: listener.descriptor))
    for _ in 0..<2 {
      // The second server stands for the next one after a restart.
      let server = server([inherited], loops: loops)
      let address = try server.start()[0]
      #expect(address.port == listener.address.port)
      for _ in 0..<8 {
        #expect(answer(LoopbackClient(port: address.port)) == "inherited 127.0.0.1")
      }
      #expect(server.drain(gracePeriod: .seconds(5)))
      server.stop()
    }
    // Nobody serves it now, but it still takes connections.
    #expect(LoopbackClient(port: listener.address.port) != nil)
  }

  @Test func `refuses descriptors that do not listen`() throws {
    let listener = try ListeningSocket(
      ListenerConfiguration(name: "outside", host: "127.0.0.1", port: 0), backlog: 8)
    defer { listener.close() }
    let client = try #require(LoopbackClient(port: listener.address.port))
    for descriptor in [client.descriptor, 0, -1, 9999] {
      let inherited = ListenerConfiguration(
        name: "inherited", endpoint: .inherited(descriptor: descriptor))
      let error = #expect(throws: HTTPEngineError.self) { try self.server([inherited]).start() }
      #expect(error?.code == .cannotBind)
      #expect(error?.errno == EINVAL)
    }
  }
}

/// Answers with the listener, the peer and, on Unix-domain sockets, its process.
private struct ListenerResponder: Responder {
  func admit(_ head: borrowing RequestHead) -> Admission { .accept(maximumBodyBytes: 0) }

  func respond(to request: consuming Request, reply: consuming Reply) {
    let info = request.head.connection
    var text = "\(info.listener) \(info.peer)"
    if let process = info.process { text += " \(process.userID) \(process.processID ?? 0)" }
    reply.send(Response(body: .bytes(Array(text.utf8))))
  }
}

import Foundation
import Glibc
import Locking
import TestSupport
import Testing

@testable import HTTPEngine

/// Descriptors passed over real Unix-domain sockets; a pipe tells when its last copy is closed.
@Suite(.timeLimit(.minutes(15))) struct EventLoopDescriptorsTests {
  private func server(
    takes: Bool = true, _ responder: any Responder = DescriptorResponder(),
    configure: (inout ServerConfiguration) -> Void = { _ in }
  ) throws -> UnixServer { try UnixServer(takes: takes, responder, configure) }

  private func request(_ path: String, body: String = "") -> [UInt8] {
    Array(
      "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
  }

  /// What the kernel calls the pipe, which tells copies of it from all else.
  private func inode(_ pipe: PassedPipe) -> String {
    var status = stat()
    unsafe fstat(pipe.end, &status)
    return "\(status.st_ino)"
  }

  @Test func `arrive with their request and are closed after it`() throws {
    let server = try server()
    let client = try server.connect()
    let pipes = [PassedPipe(), PassedPipe()]
    let inodes = pipes.map(inode)
    sendPassing(pipes.map(\.end), with: request("/a", body: "hello"), over: client.descriptor)
    #expect(client.readResponse()?.text == "/a \(inodes.joined(separator: " "))")
    for pipe in pipes { #expect(pipe.isClosedEverywhere()) }
    // The connection goes on, and the next request has none.
    client.send(request("/b"))
    #expect(client.readResponse()?.text == "/b ")
  }

  @Test func `are not inherited by programs that are started`() throws {
    let server = try server(DescriptorResponder(tellsFlags: true))
    let client = try server.connect()
    let pipe = PassedPipe()
    sendPassing([pipe.end], with: request("/a"), over: client.descriptor)
    #expect(client.readResponse()?.text == "/a \(FD_CLOEXEC)")
  }

  @Test func `go to the right one of requests that are read together`() throws {
    let server = try server()
    let client = try server.connect()
    let pipes = (0..<3).map { _ in PassedPipe() }
    let inodes = pipes.map(inode)
    // The first has none; all lie in the socket before the server can read.
    sendPassing([], with: request("/0"), over: client.descriptor)
    for index in 0..<3 {
      sendPassing([pipes[index].end], with: request("/\(index + 1)"), over: client.descriptor)
    }
    sendPassing([], with: request("/4"), over: client.descriptor)
    let texts = (0..<5).map { _ in client.readResponse()?.text }
    #expect(texts == ["/0 ", "/1 \(inodes[0])", "/2 \(inodes[1])", "/3 \(inodes[2])", "/4 "])
  }

  @Test(arguments: [1, 7, 60, 70_000])
  func `go with a request that comes in pieces, whichever piece they came with`(
    _ size: Int
  ) throws {
    let server = try server()
    let client = try server.connect()
    let bytes = request("/a", body: String(repeating: "x", count: 200_000))
    for part in [0, 1] {
      let pipe = PassedPipe()
      let name = inode(pipe)
      let first = Array(bytes[..<size])
      let rest = Array(bytes[size...])
      sendPassing(part == 0 ? [pipe.end] : [], with: first, over: client.descriptor)
      if part == 0 {
        client.send(rest)
      } else {
        sendPassing([pipe.end], with: [rest[0]], over: client.descriptor)
        client.send(Array(rest.dropFirst()))
      }
      #expect(client.readResponse()?.text == "/a \(name)")
      #expect(pipe.isClosedEverywhere())
    }
  }

  @Test func `wait with a pipelined request until its turn has come`() throws {
    let holding = HoldingResponder()
    let server = try server(holding)
    let client = try server.connect()
    let pipe = PassedPipe()
    client.send(request("/a"))
    sendPassing([pipe.end], with: request("/b"), over: client.descriptor)
    #expect(eventually { holding.taken == 1 })
    holding.answer("first")
    #expect(client.readResponse()?.text == "first")
    #expect(eventually { holding.taken == 2 })
    holding.answer("second")
    #expect(client.readResponse()?.text == "second")
    #expect(pipe.isClosedEverywhere())
  }

  // MARK: What is not wanted

  @Test func `are closed where a request is rejected, with or without a body`() throws {
    let server = try server()
    let client = try server.connect()
    for body in ["", "hello"] {
      let pipe = PassedPipe()
      sendPassing([pipe.end], with: request("/reject", body: body), over: client.descriptor)
      #expect(client.readResponse()?.status == 404)
      #expect(pipe.isClosedEverywhere())
    }
    client.send(request("/next"))
    #expect(client.readResponse()?.text == "/next ")
  }

  @Test func `are refused or closed by the kernel where nobody takes them`() throws {
    let server = try server(takes: false)
    let client = try server.connect()
    let pipe = PassedPipe()
    // Newer kernels do not let the client send it (SO_PASSRIGHTS).
    if !sendPassing([pipe.end], with: request("/a"), over: client.descriptor) {
      client.send(request("/a"))
    }
    #expect(client.readResponse()?.text == "/a ")
    #expect(pipe.isClosedEverywhere())
  }

  @Test func `wait no longer than a head may take, behind an empty line, too`() throws {
    let server = try server {
      $0.timeouts.header = .milliseconds(300)
      $0.timeouts.keepAlive = .seconds(600)
    }
    let client = try server.connect()
    client.send(request("/a"))
    #expect(client.readResponse()?.text == "/a ")
    let pipe = PassedPipe()
    sendPassing([pipe.end], with: Array("\r\n".utf8), over: client.descriptor)
    #expect(pipe.isClosedEverywhere())
  }

  @Test func `are closed behind the last answer and unread, without a wait of the loop`() throws {
    let server = try server()
    let pipes = [PassedPipe(), PassedPipe()]
    let client = try server.connect()
    sendPassing([], with: Array("no request\r\n\r\n".utf8), over: client.descriptor)
    #expect(client.readResponse()?.status == 400)
    for pipe in pipes { sendPassing([pipe.end], with: [0x78], over: client.descriptor) }
    for pipe in pipes { #expect(pipe.isClosedEverywhere()) }
  }

  @Test func `are closed on connections that speak HTTP/2`() throws {
    let server = try server()
    let client = try server.connect()
    let pipes = [PassedPipe(), PassedPipe(), PassedPipe()]
    let begin = WireFrame.preface + WireFrame.settings([]).bytes
    sendPassing([pipes[0].end], with: Array(begin[..<10]), over: client.descriptor)
    sendPassing([pipes[1].end], with: Array(begin[10...]), over: client.descriptor)
    // The server's own settings: the protocol is chosen.
    #expect(client.read()?.isEmpty == false)
    sendPassing([pipes[2].end], with: WireFrame.settings([]).bytes, over: client.descriptor)
    for pipe in pipes { #expect(pipe.isClosedEverywhere()) }
  }

  @Test func `are closed when the connection ends in the middle of a request`() throws {
    let server = try server()
    let pipe = PassedPipe()
    do {
      let client = try server.connect()
      let part = Array(request("/a", body: "hello").dropLast(2))
      sendPassing([pipe.end], with: part, over: client.descriptor)
      pipe.closeOwn()
      #expect(!pipe.isClosedEverywhere(milliseconds: 50))
    }
    #expect(pipe.isClosedEverywhere())
  }

  @Test(arguments: [5, 100, 253])
  func `end the connection when one message has too many`(_ count: Int) throws {
    let server = try server()
    let client = try server.connect()
    let pipe = PassedPipe()
    sendPassing(
      Array(repeating: pipe.end, count: count), with: request("/a"), over: client.descriptor)
    #expect(client.readResponse()?.status == 400)
    #expect(pipe.isClosedEverywhere())
    #expect(server.observer.counts.refused == [.malformedMessage(.descriptors)])
  }

  @Test func `end the connection when one request has too many`() throws {
    let server = try server()
    let client = try server.connect()
    let pipe = PassedPipe()
    let bytes = request("/a", body: String(repeating: "x", count: 100))
    sendPassing([pipe.end], with: Array(bytes.dropLast(90)), over: client.descriptor)
    for _ in 0..<PassedDescriptors.most {
      sendPassing([pipe.end], with: [0x78], over: client.descriptor)
    }
    #expect(client.readResponse()?.status == 400)
    #expect(pipe.isClosedEverywhere())
  }

  @Test func `lack where the server holds as many as it may, and the connection goes on`() throws {
    let holding = HoldingResponder()
    let server = try server(holding) { $0.maximumPassedDescriptors = 2 }
    let pipe = PassedPipe()
    let clients = try (0..<3).map { _ in try server.connect() }
    sendPassing([pipe.end, pipe.end], with: request("/a"), over: clients[0].descriptor)
    #expect(eventually { holding.taken == 1 })
    holding.answer("done")
    #expect(clients[0].readResponse()?.status == 200)
    let server2 = try self.server { $0.maximumPassedDescriptors = 0 }
    let client = try server2.connect()
    sendPassing([pipe.end], with: request("/b"), over: client.descriptor)
    #expect(client.readResponse()?.text == "/b lacks")
    client.send(request("/c"))
    #expect(client.readResponse()?.text == "/c ")
    #expect(pipe.isClosedEverywhere())
  }

  @Test func `cost TCP connections nothing: there is nowhere to keep them`() throws {
    var listener = ListenerConfiguration(name: "tcp", host: "127.0.0.1", port: 0)
    listener.takesDescriptors = true
    let socket = try ListeningSocket(listener, backlog: 8)
    defer { socket.close() }
    #expect(!socket.takesDescriptors)
    #expect(try !ListeningSocket(sharing: socket).takesDescriptors)
  }
}

/// A server at a path of its own.
private final class UnixServer {
  let observer = CountingObserver()
  private let server: HTTPServer
  private let path: String

  init(
    takes: Bool, _ responder: any Responder, _ configure: (inout ServerConfiguration) -> Void
  ) throws {
    let name = "vflowopt-\(UUID().uuidString.prefix(8)).sock"
    path = FileManager.default.temporaryDirectory.appending(path: name).path()
    var listener = ListenerConfiguration(name: "unix", endpoint: .unix(path: path))
    listener.takesDescriptors = takes
    var configuration = ServerConfiguration(listeners: [listener])
    configure(&configuration)
    server = HTTPServer(configuration: configuration, responder: responder, observer: observer)
    _ = try server.start()
  }

  deinit { server.stop() }

  func connect() throws -> LoopbackClient { try #require(LoopbackClient(path: path)) }
}

/// Answers with the path and what the kernel calls the descriptors that came with it.
private struct DescriptorResponder: Responder {
  var tellsFlags = false

  func admit(_ head: borrowing RequestHead) -> Admission {
    guard head.path != "/reject" else { return .answer(Response(status: .notFound)) }
    return .accept(maximumBodyBytes: 1 << 20)
  }

  func respond(to request: consuming Request, reply: consuming Reply) {
    var names = request.descriptors.map { descriptor in
      var status = stat()
      unsafe fstat(descriptor.number, &status)
      return tellsFlags ? "\(fcntl(descriptor.number, F_GETFD))" : "\(status.st_ino)"
    }
    if request.lacksDescriptors { names.append("lacks") }
    let text = "\(request.head.path) \(names.joined(separator: " "))"
    reply.send(Response(body: .bytes(Array(text.utf8))))
  }
}

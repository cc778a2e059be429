import Locking
import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct EventLoopWritingTests {
  private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

  @Test(arguments: [0, 1, 60])
  func `keeps a blocked answer when the next one comes from a worker`(_ taken: Int) throws {
    let faults = CallFaults()
    let responder = HoldingResponder()
    let server = try TestServer(responder) { $0.faults = faults }
    let client = try server.connect()
    client.send(Self.get("/1") + Self.get("/2") + Self.get("/3"))
    #expect(eventually { responder.requests.count == 1 })
    // The socket takes a part of the first answer and then nothing for a while.
    faults.limitSends(to: taken > 0 ? [taken] : [])
    faults.sendLimit = 0
    responder.answer("one")
    #expect(eventually { responder.requests.count == 2 })
    responder.answer("two")
    #expect(eventually { server.observer.counts.completed.count == 2 })
    faults.sendLimit = nil
    #expect(client.readResponse()?.text == "one")
    #expect(client.readResponse()?.text == "two")
    #expect(eventually { responder.requests.count == 3 })
    responder.answer("three")
    #expect(client.readResponse()?.text == "three")
  }

  @Test func `keeps a blocked inline answer in front of a worker's`() throws {
    let faults = CallFaults()
    let responder = MixedResponder()
    let server = try TestServer(responder) { $0.faults = faults }
    let client = try server.connect()
    faults.sendLimit = 0
    client.send(Self.get("/now") + Self.get("/later"))
    #expect(eventually { server.observer.counts.completed.count == 2 })
    faults.sendLimit = nil
    #expect(client.readResponse()?.text == "/now")
    #expect(client.readResponse()?.text == "/later")
  }

  @Test(arguments: ["/close", "/large-later", "/stream-later"])
  func `ends well when the last answer waits behind a blocked one`(_ last: String) throws {
    let faults = CallFaults()
    let responder = MixedResponder()
    let server = try TestServer(responder) { $0.faults = faults }
    let client = try server.connect()
    faults.sendLimit = 0
    client.send(
      Self.get("/now") + "GET \(last) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    #expect(eventually { server.observer.counts.completed.count == 2 })
    faults.sendLimit = nil
    #expect(client.readResponse()?.text == "/now")
    let (text, closed) = client.readToEnd()
    #expect(closed)
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(text.contains("Connection: close\r\n"))
    #expect(text.hasSuffix(MixedResponder.ending(of: last)))
  }

  /// Answers of every kind through a socket that takes any number of bytes, or none, at each call.
  @Test(arguments: 0..<24)
  func `sends the same bytes however the socket takes them`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let faults = CallFaults()
    let server = try TestServer(MixedResponder()) { $0.faults = faults }
    let paths = (0..<40).map { _ in MixedResponder.paths.randomElement(using: &random) ?? "/now" }
    let requests = paths.map { MixedResponder.request($0, isHead: .random(using: &random)) }
    let client = try server.connect()
    faults.limitSends(
      to: (0..<3000).map { _ in
        Bool.random(using: &random) ? 0 : Int.random(in: 1...5000, using: &random)
      })
    let input = Array(requests.map(\.text).joined().utf8)
    var start = 0
    while start < input.count {
      let end = min(input.count, start + Int.random(in: 1...400, using: &random))
      client.send(Array(input[start..<end]))
      start = end
    }
    client.send("GET /now HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let expected = requests.flatMap(\.bodies) + ["/now"]
    let (text, closed) = client.readToEnd()
    #expect(closed, "seed \(seed)")
    #expect(MixedResponder.contents(of: text) == expected, "seed \(seed)")
  }

  @Test func `serves others while it sends a large answer`() throws {
    let faults = CallFaults()
    let server = try TestServer { $0.faults = faults }
    // Small pieces: the sender is slower than the reader and never finds the socket full.
    faults.sendLimit = 256
    let port = server.port
    let state = Locked((started: false, ended: false))
    let reader = try BackgroundThread {
      guard let client = LoopbackClient(port: port) else { return }
      client.send(Self.get("/large?20000000"))
      var count = 0
      while count < 20_000_000, let bytes = client.read(atMost: 1 << 20), !bytes.isEmpty {
        count += bytes.count
        state.withLock { $0.started = true }
      }
      state.withLock { $0.ended = true }
    }
    let client = try server.connect()
    #expect(eventually { state.withLock { $0.started } })
    client.send(Self.get("/a"))
    #expect(client.readResponse()?.text == "GET /a")
    #expect(!state.withLock { $0.ended })
    faults.sendLimit = nil
    reader.join()
  }

  @Test func `serves others while a producer has only empty pieces`() throws {
    let server = try TestServer(MixedResponder())
    let idle = try server.connect()
    idle.send(Self.get("/nothing"))
    let client = try server.connect(receiveTimeoutMilliseconds: 2000)
    client.send(Self.get("/now"))
    #expect(client.readResponse()?.text == "/now")
  }
}

import Glibc
import Locking
import Synchronization
import Testing

@testable import HTTPEngine

@Suite struct HTTPServerDrainTests {
  @Test func `returns at once when nothing is going on`() throws {
    let server = try TestServer()
    let time = milliseconds { #expect(server.server.drain(gracePeriod: .seconds(5))) }
    #expect(time < 4000)
  }

  @Test func `refuses new connections and closes idle ones`() throws {
    let server = try TestServer { $0.timeouts.idleDuringDrain = .milliseconds(50) }
    let idle = try server.connect()
    idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(idle.readResponse()?.status == 200)
    #expect(server.server.drain(gracePeriod: .seconds(5)))
    #expect(idle.readToEnd() == ("", true))
    #expect(LoopbackClient(port: server.port) == nil)
  }

  @Test func `answers what is under way with Connection close`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.requests.count == 1 })
    let drained = try #require(try server.server.beginDraining())
    #expect(!drained.wait(atMost: .milliseconds(50)))
    responder.answer("last")
    let response = try #require(client.readResponse())
    #expect(response.text == "last")
    #expect(response.value(of: "connection") == "close")
    #expect(drained.wait(atMost: .seconds(5)))
  }

  @Test func `gives up when the grace period is over`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.requests.count == 1 })
    #expect(!server.server.drain(gracePeriod: .milliseconds(50)))
    responder.answer("late")
    #expect(client.readResponse()?.text == "late")
  }

  @Test func `answers a request that comes on an idle connection meanwhile`() throws {
    let server = try TestServer { $0.timeouts.idleDuringDrain = .seconds(3) }
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
    let drained = try #require(try server.server.beginDraining())
    // The loop may hear of a request before it hears of the drain.
    var texts: Set<String?> = []
    let isTold = eventually {
      client.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n")
      let response = client.readResponse()
      texts.insert(response?.text)
      return response?.value(of: "connection") == "close"
    }
    #expect(isTold)
    #expect(texts == ["GET /again"])
    #expect(drained.wait(atMost: .seconds(5)))
  }

  @Test(arguments: [true, false])
  func `answers every request that has arrived, the last with Connection close`(
    _ inOnePiece: Bool
  ) throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    let (first, second) = (
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    client.send(inOnePiece ? first + second : first)
    #expect(eventually { responder.requests.count == 1 })
    // The loop does not read while an answer is owed: these bytes stay in the socket.
    if !inOnePiece { client.send(second) }
    let drained = try #require(try server.server.beginDraining())
    responder.answer("one")
    let early = try #require(client.readResponse())
    #expect(early.text == "one")
    #expect(early.value(of: "connection") == nil)
    #expect(eventually { responder.requests.count == 2 })
    responder.answer("two")
    let last = try #require(client.readResponse())
    #expect(last.text == "two")
    #expect(last.value(of: "connection") == "close")
    #expect(client.readToEnd() == ("", true))
    #expect(drained.wait(atMost: .seconds(5)))
  }

  /// More connections become readable, and late, at once than the loop hears of in one turn.
  @Test func `answers requests that arrived while the loop was busy`() throws {
    let responder = SlowResponder(milliseconds: 2300)
    let server = try TestServer(responder) { $0.timeouts.header = .seconds(2) }
    let slow = try server.connect()
    let clients = try (0..<300).map { _ in try server.connect() }
    #expect(eventually { server.observer.counts.opened == 301 })
    slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.isBusy })
    for client in clients { client.send("GET /fast HTTP/1.1\r\nHost: x\r\n\r\n") }
    let answered = clients.filter { $0.readResponse()?.status == 200 }
    #expect(answered.count == 300)
    #expect(slow.readResponse()?.status == 200)
  }

  /// Clients connect and send without pause while the server drains: every request that was sent
  /// on a connection that the kernel accepted is answered.
  @Test(arguments: [1, 2]) func `loses no accepted request under load`(_ loops: Int) throws {
    // Long, because on a busy machine a client may rest between connecting and sending.
    let server = try TestServer {
      $0.loops = loops
      $0.timeouts.idleDuringDrain = .seconds(2)
    }
    let port = server.port
    let lost = Locked(0)
    let answered = Locked(0)
    let stop = Atomic(false)
    var threads: [BackgroundThread] = []
    for _ in 0..<4 {
      threads.append(
        try BackgroundThread {
          while !stop.load(ordering: .relaxed) {
            guard let client = LoopbackClient(port: port) else { return }
            client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            if client.readResponse()?.text == "GET /x" {
              answered.withLock { $0 += 1 }
            } else {
              lost.withLock { $0 += 1 }
            }
          }
        })
    }
    usleep(100_000)
    #expect(server.server.drain(gracePeriod: .seconds(5)))
    stop.store(true, ordering: .relaxed)
    server.server.stop()
    for thread in threads { thread.join() }
    #expect(answered.withLock { $0 } > 0)
    #expect(lost.withLock { $0 } == 0)
  }

  @Test func `stops although connections are open`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
    server.server.stop()
    #expect(client.readToEnd() == ("", true))
    #expect(server.observer.counts.closed == [.shutdown])
  }

  @Test func `tells everyone who waits for it`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.requests.count == 1 })
    let drained = Locked(0)
    let threads = try (0..<3).map { _ in
      try BackgroundThread {
        if server.server.drain(gracePeriod: .seconds(4)) { drained.withLock { $0 += 1 } }
      }
    }
    usleep(50_000)
    responder.answer("last")
    #expect(client.readResponse()?.text == "last")
    for thread in threads { thread.join() }
    #expect(drained.withLock { $0 } == 3)
  }
}

import Glibc
import Synchronization
import Testing

@testable import HTTPEngine

@Suite struct HTTPServerDrainTests {
  @Test func `returns at once when nothing is going on`() throws {
    let server = try TestServer()
    let time = milliseconds { #expect(server.server.drain(gracePeriod: .seconds(5))) }
    #expect(time < 1000)
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
    let isDone = Mutex(false)
    let thread = try BackgroundThread {
      let isComplete = server.server.drain(gracePeriod: .seconds(5))
      isDone.withLock { $0 = isComplete }
    }
    usleep(50_000)
    #expect(!isDone.withLock { $0 })
    responder.answer("last")
    let response = try #require(client.readResponse())
    #expect(response.text == "last")
    #expect(response.value(of: "connection") == "close")
    thread.join()
    #expect(isDone.withLock { $0 })
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
    let server = try TestServer { $0.timeouts.idleDuringDrain = .milliseconds(500) }
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
    let thread = try BackgroundThread { server.server.drain(gracePeriod: .seconds(5)) }
    usleep(50_000)
    client.send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n")
    let response = try #require(client.readResponse())
    #expect(response.text == "GET /again")
    #expect(response.value(of: "connection") == "close")
    thread.join()
  }

  /// Clients connect and send without pause while the server drains: every request that was sent
  /// on a connection that the kernel accepted is answered.
  @Test(arguments: [1, 2]) func `loses no accepted request under load`(_ loops: Int) throws {
    let server = try TestServer { $0.loops = loops }
    let port = server.port
    let lost = Mutex(0)
    let answered = Mutex(0)
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
}

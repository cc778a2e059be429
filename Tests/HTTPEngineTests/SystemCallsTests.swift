import Glibc
import Testing

@testable import HTTPEngine

@Suite struct SystemCallsTests {
  private func server(_ faults: CallFaults) throws -> TestServer {
    try TestServer { $0.faults = faults }
  }

  @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
  func `pauses a listener without descriptors and then accepts`(_ errno: Int32) throws {
    let faults = CallFaults()
    let server = try server(faults)
    faults.fail(.accept, with: [errno, EAGAIN])
    let time = try milliseconds {
      let client = try server.connect()
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.readResponse()?.status == 200)
    }
    #expect(time >= 80)
    #expect(server.observer.counts.acceptFailures == [errno])
  }

  @Test func `tells clients that there are no descriptors for them`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    faults.fail(.accept, with: [EMFILE])
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 503)
    #expect(client.readToEnd().closed)
    #expect(eventually { server.observer.counts.closed == [.answered] })
    #expect(server.observer.counts.refused == [.tooManyConnections])
    usleep(150_000)
    let next = try server.connect()
    next.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(next.readResponse()?.status == 200)
  }

  @Test func `does not spin while a listener rests`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    faults.fail(.accept, with: Array(repeating: EMFILE, count: 6))
    let client = try server.connect()
    var failures = 0
    let time = milliseconds {
      usleep(250_000)
      failures = server.observer.counts.acceptFailures.count
    }
    // Two calls per attempt (one with the reserve), one attempt per 100 ms.
    #expect(faults.remaining(.accept) >= 0)
    #expect(failures <= 2 * (time / 100 + 1))
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
  }

  @Test func `goes on after a connection that died in the backlog`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    faults.fail(.accept, with: [ECONNABORTED])
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
  }

  @Test func `reads again after EAGAIN`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    let client = try server.connect()
    faults.fail(.receive, with: [EAGAIN, EAGAIN])
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
    #expect(faults.remaining(.receive) == 0)
  }

  @Test func `closes after a failed read`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    let client = try server.connect()
    faults.fail(.receive, with: [ECONNRESET])
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    _ = client.readToEnd()
    #expect(eventually { server.observer.counts.closed == [.peerAborted] })
  }

  @Test(arguments: [1, 7, 100])
  func `keeps its place through short writes`(_ limit: Int) throws {
    let faults = CallFaults()
    let server = try server(faults)
    let client = try server.connect()
    faults.sendLimit = limit
    client.send("GET /large?40000 HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readResponse()?.body == [UInt8](repeating: 0x61, count: 40_000))
    #expect(client.readResponse()?.text == "GET /b")
  }

  @Test func `writes later what the socket does not take`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    let client = try server.connect()
    faults.fail(.send, with: [EAGAIN, EAGAIN])
    client.send(String(repeating: "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", count: 3))
    for _ in 0..<3 { #expect(client.readResponse()?.text == "GET /a") }
    faults.fail(.send, with: [EAGAIN])
    client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.read(until: "0\r\n\r\n").hasSuffix("1\r\n1\r\n0\r\n\r\n"))
  }

  @Test func `closes after a failed write`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    let client = try server.connect()
    faults.fail(.send, with: [EPIPE])
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(client.readToEnd() == ("", true))
    #expect(eventually { server.observer.counts.closed == [.peerAborted] })
  }

  @Test func `rests when accepting goes on failing`() throws {
    let faults = CallFaults()
    let server = try server(faults)
    faults.fail(.accept, with: Array(repeating: EPROTO, count: 100_000))
    let client = try server.connect()
    var failures = 0
    let time = milliseconds {
      usleep(250_000)
      failures = server.observer.counts.acceptFailures.count
    }
    #expect(failures <= 64 * (time / 100 + 2))
    #expect(server.server.drain(gracePeriod: .seconds(5)))
    #expect(faults.remaining(.accept) > 90_000)
    _ = client
  }

  @Test(arguments: [1, 2])
  func `closes a connection that cannot be watched`(_ maximum: Int) throws {
    let faults = CallFaults()
    let server = try TestServer {
      $0.faults = faults
      $0.maximumConnections = maximum
    }
    let held = try server.connect()
    held.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(held.readResponse()?.status == 200)
    faults.fail(.watch, with: [ENOSPC])
    let client = try server.connect()
    #expect(client.readToEnd().closed)
    #expect(eventually { server.observer.counts.closed == [.shutdown] })
    #expect(server.observer.counts.opened == 2)
    #expect(server.observer.counts.acceptFailures == [ENOSPC])
    // The place is free again, and the refused are counted right.
    let next = try server.connect()
    next.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(next.readResponse()?.status == (maximum == 2 ? 200 : 503))
  }
}

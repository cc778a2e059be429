import Glibc
import Testing

@testable import HTTPEngine

@Suite struct EventLoopTimeoutTests {
  private func server(
    _ configure: (inout ServerConfiguration.Timeouts) -> Void
  ) throws -> TestServer {
    try TestServer { configuration in
      configuration.timeouts.header = .seconds(5)
      configuration.timeouts.body = .seconds(5)
      configuration.timeouts.keepAlive = .seconds(5)
      configuration.timeouts.linger = .milliseconds(200)
      configure(&configuration.timeouts)
    }
  }

  @Test(arguments: ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: "])
  func `answers a slow head with 408`(_ start: String) throws {
    let server = try server { $0.header = .milliseconds(800) }
    let client = try server.connect()
    let time = try milliseconds {
      client.send(start)
      let response = try #require(client.readResponse())
      #expect(response.status == 408)
      #expect(response.value(of: "connection") == "close")
    }
    #expect(time >= 100)
    #expect(client.readToEnd().closed)
  }

  @Test func `counts the whole head, not the time between its bytes`() throws {
    let server = try server { $0.header = .milliseconds(800) }
    let client = try server.connect(receiveTimeoutMilliseconds: 40)
    var answer = RawResponse?.none
    for byte in Array("GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".utf8) {
      client.send([byte])
      answer = client.readResponse()
      if answer != nil { break }
    }
    #expect(answer?.status == 408)
  }

  @Test func `closes a new connection that says nothing`() throws {
    let server = try server { $0.header = .milliseconds(100) }
    let client = try server.connect()
    #expect(client.readToEnd() == ("", true))
    #expect(eventually { server.observer.counts.closed == [.idleTimeout] })
  }

  @Test func `closes an idle connection after the keep-alive time`() throws {
    let server = try server { $0.keepAlive = .milliseconds(100) }
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse()?.status == 200)
    #expect(client.readToEnd() == ("", true))
    #expect(eventually { server.observer.counts.closed == [.idleTimeout] })
  }

  @Test(arguments: [
    "Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "Transfer-Encoding: chunked\r\n\r\n", "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
  ])
  func `answers a body that stops coming with 408`(_ rest: String) throws {
    let server = try server { $0.body = .milliseconds(150) }
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: a\r\n\(rest)")
    if rest.contains("Expect") { #expect(client.readResponse()?.status == 100) }
    #expect(client.readResponse()?.status == 408)
    #expect(client.readToEnd().closed)
  }

  @Test(arguments: ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"])
  func `answers a rejected request whose body stops coming`(_ rest: String) throws {
    let server = try server { $0.body = .milliseconds(150) }
    let client = try server.connect()
    client.send("POST /reject HTTP/1.1\r\nHost: a\r\n\(rest)")
    let response = try #require(client.readResponse())
    #expect(response.status == 404)
    #expect(response.value(of: "connection") == "close")
    #expect(client.readToEnd().closed)
    #expect(server.observer.counts.completed == [404])
  }

  @Test func `gives up a body that trickles below the minimum rate`() throws {
    let server = try server {
      $0.body = .milliseconds(200)
      $0.minimumBytesPerSecond = 1000
    }
    let client = try server.connect(receiveTimeoutMilliseconds: 30)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
    var answer = RawResponse?.none
    for _ in 0..<60 where answer == nil {
      client.send("a")
      answer = client.readResponse()
    }
    #expect(answer?.status == 408)
  }

  @Test func `gives up a client that does not read its answer`() throws {
    let server = try server { $0.write = .milliseconds(150) }
    let client = try server.connect()
    client.send("GET /large?20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(eventually { server.observer.counts.closed == [.timeout] })
  }

  @Test func `never times out while an answer is being made`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder) { configuration in
      configuration.timeouts.header = .milliseconds(60)
      configuration.timeouts.keepAlive = .milliseconds(60)
      configuration.timeouts.body = .milliseconds(60)
    }
    let client = try server.connect(receiveTimeoutMilliseconds: 300)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readResponse() == nil)
    responder.answer("late")
    #expect(client.readResponse()?.text == "late")
  }

  @Test func `counts rejected requests as activity`() throws {
    let server = try server {
      $0.header = .milliseconds(500)
      $0.keepAlive = .milliseconds(1500)
    }
    let client = try server.connect()
    for _ in 0..<4 {
      client.send("GET /reject HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.readResponse()?.status == 404)
      usleep(500_000)
    }
    #expect(server.observer.counts.closed.isEmpty)
  }

  @Test(arguments: [
    ("GET /late HTTP/1.1\r\nHo", "st: a\r\n\r\n", "GET /late"),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab", "cd", "POST / abcd"),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na", "b\r\n0\r\n\r\n",
      "POST / ab"
    ),
  ])
  func `takes what came in time although the loop looks late`(
    _ first: String, _ rest: String, _ answer: String
  ) throws {
    let faults = CallFaults()
    let responder = SlowResponder(milliseconds: 2500)
    let server = try TestServer(responder) {
      $0.faults = faults
      $0.timeouts.header = .milliseconds(2000)
      $0.timeouts.body = .milliseconds(2000)
    }
    let client = try server.connect()
    let slow = try server.connect()
    client.send(first)
    #expect(eventually { server.observer.counts.opened == 2 })
    usleep(20_000)
    slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.isBusy })
    client.send(rest)
    // As after a signal, such as the one that lets a stopped process go on.
    faults.fail(.wait, with: [EINTR])
    let response = client.readResponse()
    #expect(response?.status == 200)
    #expect(response?.text == answer)
  }

  @Test func `goes on with an answer that the client has read although the loop looks late`() throws
  {
    let faults = CallFaults()
    let responder = SlowResponder(milliseconds: 2500)
    let server = try TestServer(responder) {
      $0.faults = faults
      $0.timeouts.write = .milliseconds(2000)
    }
    let client = try server.connect()
    let slow = try server.connect()
    #expect(eventually { server.observer.counts.opened == 2 })
    client.send("GET /large?8000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { server.observer.counts.completed.count == 1 })
    usleep(50_000)
    slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.isBusy })
    faults.fail(.wait, with: [EINTR])
    let response = client.readResponse()
    #expect(response?.body.count == 8_000_000)
  }
}

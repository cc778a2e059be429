import Testing

@testable import HTTPEngine

@Suite struct HTTPServerTests {
  @Test func `answers requests on one connection in order`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    let first = try #require(client.readResponse())
    #expect(first.status == 200)
    #expect(first.text == "GET /a")
    #expect(first.value(of: "date")?.hasSuffix("GMT") == true)
    #expect(first.value(of: "connection") == nil)
    client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
    #expect(client.readResponse()?.text == "POST /b hello")
  }

  @Test func `takes pipelined requests one after the other`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send((0..<5).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
    for index in 0..<5 {
      #expect(eventually { responder.requests.count == index + 1 })
      #expect(responder.requests[index].path == "/\(index)")
      responder.answer("answer \(index)")
      #expect(client.readResponse()?.text == "answer \(index)")
    }
  }

  @Test func `does not read ahead without bounds while an answer is made`() throws {
    let responder = HoldingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(eventually { responder.requests.count == 1 })
    let count = 2000
    client.send(String(repeating: "GET /next HTTP/1.1\r\nHost: x\r\n\r\n", count: count))
    responder.answer("1")
    #expect(client.readResponse()?.text == "1")
    for _ in 0..<count {
      #expect(eventually { responder.requests.count > 1 })
      responder.answer("2")
      #expect(eventually { true })
      guard client.readResponse()?.text == "2" else {
        Issue.record("an answer is missing")
        return
      }
    }
  }

  @Test func `answers 100 only after admission`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    #expect(client.readResponse()?.status == 100)
    client.send("hi")
    #expect(client.readResponse()?.text == "POST /a hi")
    client.send(
      "POST /reject HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    let response = try #require(client.readResponse())
    #expect(response.status == 404)
    #expect(response.value(of: "connection") == "close")
  }

  @Test func `answers 100 before a chunked body too`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send(
      "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(client.readResponse()?.status == 100)
    client.send("2\r\nhi\r\n0\r\nX: y\r\n\r\n")
    #expect(client.readResponse()?.text == "POST /a hi x=y")
  }

  @Test func `puts chunks together and keeps trailers`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send(
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nX: 1\r\nY: 2\r\n\r\n")
    #expect(client.readResponse()?.text == "POST /a abcd x=1")
  }

  @Test func `sends content of unknown length in chunks`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    let text = client.read(until: "0\r\n\r\n")
    #expect(text.contains("Transfer-Encoding: chunked\r\n"))
    #expect(!text.contains("Content-Length"))
    #expect(text.hasSuffix("\r\n\r\n1\r\n3\r\n1\r\n2\r\n1\r\n1\r\n0\r\n\r\n"))
  }

  @Test func `sends content of unknown length to HTTP/1.0 until the end`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    let (text, closed) = client.readToEnd()
    #expect(closed)
    #expect(text.contains("Connection: close\r\n"))
    #expect(text.hasSuffix("\r\n\r\n321"))
  }

  @Test func `answers HEAD with the length and without content`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n")
    let head = try #require(client.readResponse(hasContent: false))
    #expect(head.value(of: "content-length") == "9")
    #expect(client.readResponse()?.text == "GET /d")
  }

  @Test func `gives 204 neither length nor content`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n")
    let response = try #require(client.readResponse())
    #expect(response.status == 204)
    #expect(response.value(of: "content-length") == nil)
  }

  @Test func `sends a large answer through a slow reader`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("GET /large?30000000 HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    let response = try #require(client.readResponse())
    #expect(response.body.count == 30_000_000)
    #expect(response.body.allSatisfy { $0 == 0x61 })
    #expect(client.readResponse()?.text == "GET /b")
  }

  @Test func `receives a large body in tiny pieces`() throws {
    let server = try TestServer()
    let client = try server.connect()
    let body = (0..<5000).map { UInt8(0x30 + $0 % 10) }
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n")
    for start in stride(from: 0, to: 5000, by: 7) {
      client.send(Array(body[start..<min(start + 7, 5000)]))
    }
    let text = try #require(client.readResponse()?.text)
    #expect(text == "POST /a " + String(decoding: body, as: UTF8.self))
  }

  @Test func `grows the memory of a chunked body`() throws {
    let server = try TestServer()
    let client = try server.connect()
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    let piece = String(repeating: "x", count: 50_000)
    for _ in 0..<20 { client.send("c350\r\n\(piece)\r\n") }
    client.send("0\r\n\r\n")
    #expect(client.readResponse()?.body.count == 1_000_008)
  }

  @Test func `refuses a connection above the maximum with 503`() throws {
    let server = try TestServer { $0.maximumConnections = 2 }
    let first = try server.connect()
    let second = try server.connect()
    first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(first.readResponse()?.status == 200)
    #expect(second.readResponse()?.status == 200)
    let third = try server.connect()
    third.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    let response = try #require(third.readResponse())
    #expect(response.status == 503)
    #expect(response.value(of: "connection") == "close")
    #expect(third.readToEnd().closed)
    #expect(server.observer.counts.refused == [.tooManyConnections])
  }

  @Test func `goes on telling that there are too many connections`() throws {
    let server = try TestServer { $0.maximumConnections = 1 }
    let first = try server.connect()
    first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(first.readResponse()?.status == 200)
    // More than are kept for a moment at once.
    for index in 0..<200 {
      let client = try server.connect()
      #expect(client.readResponse()?.status == 503, "client \(index)")
      #expect(client.readToEnd().closed)
    }
  }

  @Test func `listens on IPv6 and on several ports at once`() throws {
    let configuration = ServerConfiguration(listeners: [
      ListenerConfiguration(name: "four", host: "127.0.0.1", port: 0),
      ListenerConfiguration(name: "six", host: "::1", port: 0),
    ])
    let server = HTTPServer(configuration: configuration, responder: EchoResponder())
    let addresses = try server.start()
    #expect(addresses.map(\.listener) == ["four", "six"])
    #expect(addresses[1].authority == "[::1]:\(addresses[1].port)")
    #expect(throws: HTTPEngineError.self) { try server.start() }
    server.stop()
  }

  @Test func `shares a port between loops`() throws {
    let server = try TestServer { $0.loops = 3 }
    for _ in 0..<20 {
      let client = try server.connect()
      client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(client.readResponse()?.text == "GET /x")
    }
  }

  @Test func `says what is wrong with an address`() throws {
    let taken = try TestServer()
    let second = HTTPServer(
      configuration: ServerConfiguration(listeners: [
        ListenerConfiguration(name: "again", host: "127.0.0.1", port: taken.port)
      ]), responder: EchoResponder())
    let error = #expect(throws: HTTPEngineError.self) { try second.start() }
    #expect(error?.code == .cannotBind)
    #expect(error?.listener == "again")
  }

  @Test(arguments: 0..<3 as Range<Int>)
  func `leaves no listener behind when a loop's thread cannot start`(_ started: Int) throws {
    let faults = CallFaults()
    faults.fail(.startThread, with: Array(repeating: 0, count: started) + [11])
    // A port that was free a moment ago.
    let port = try TestServer().port
    var configuration = ServerConfiguration(
      listeners: [ListenerConfiguration(name: "test", host: "127.0.0.1", port: port)])
    configuration.loops = 3
    configuration.faults = faults
    let server = HTTPServer(configuration: configuration, responder: EchoResponder())
    let error = #expect(throws: HTTPEngineError.self) { try server.start() }
    #expect(error?.code == .outOfResources)
    #expect(error?.errno == 11)
    #expect(LoopbackClient(port: port) == nil)
    server.stop()
  }
}

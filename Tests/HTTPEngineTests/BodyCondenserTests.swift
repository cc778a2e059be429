import HTTPEngine
import Locking
import Testing

/// Keeps the last bytes of a body only, and remembers how many there were at most.
private final class Shortener: BodyAccount, BodyCondenser {
  private let most = Locked(0)

  var condenser: (any BodyCondenser)? { self }
  var largest: Int { most.withLock { $0 } }

  func bodyHasArrived(_ count: Int) -> Bool { true }

  func condense(_ body: BodyBuffer) {
    most.withLock { $0 = max($0, body.count) }
    if body.count > 10 { body.remove(0..<body.count - 10) }
  }
}

private struct EchoingResponder: Responder {
  let shortener: Shortener

  func admit(_ head: borrowing RequestHead) -> Admission {
    .accept(maximumBodyBytes: 4 << 20, context: shortener)
  }

  func respond(to request: consuming Request, reply: consuming Reply) {
    reply.send(Response(body: .buffer(request.body)))
  }
}

@Suite struct BodyCondenserTests {
  @Test(arguments: [11, 5000, 100_000, 3_000_000])
  func `a body of known length can be made smaller while it arrives`(length: Int) throws {
    let shortener = Shortener()
    let server = try TestServer(EchoingResponder(shortener: shortener))
    let client = try server.connect()
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
    client.send([UInt8](repeating: UInt8(ascii: "x"), count: length - 6))
    client.send("ending")
    let response = try #require(client.readResponse())
    #expect(response.text.hasSuffix("xxxxending") || response.text.hasSuffix("xending"))
    #expect(response.text.utf8.count == 10)
    #expect(shortener.largest <= BodyBuffer.condensedRead + 10)
    // The connection goes on: what the parser counts is what has come, not what is kept.
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
    #expect(try #require(client.readResponse()).text == "abc")
    withExtendedLifetime(server) {}
  }

  @Test func `a body of unknown length stays as it is`() throws {
    let shortener = Shortener()
    let server = try TestServer(EchoingResponder(shortener: shortener))
    let client = try server.connect()
    client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "10\r\n0123456789abcdef\r\n0\r\n\r\n")
    #expect(try #require(client.readResponse()).text == "0123456789abcdef")
    #expect(shortener.largest == 0)
    withExtendedLifetime(server) {}
  }

  @Test func `bytes can be taken out of the middle`() {
    let buffer = BufferPool(maximumIdleBytes: 0).take(capacity: 8)
    let content = Array("abcdefgh".utf8)
    // The bytes of UInt8s are all initialised.
    unsafe buffer.append(content.span.bytes)
    buffer.remove(2..<5)
    #expect(buffer.count == 5)
    buffer.remove(3..<5)
    buffer.remove(0..<0)
    // Three bytes are there.
    let text = (0..<3).map { unsafe buffer.bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    #expect(buffer.count == 3)
    #expect(text == Array("abf".utf8))
  }
}

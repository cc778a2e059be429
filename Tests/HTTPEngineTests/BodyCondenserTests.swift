import HTTPEngine
import Locking
import TestSupport
import Testing

/// Adds up the bytes of a body as they come and keeps a few at its end, and remembers how many there
/// were at most.
private final class Adder: BodyAccount, BodyCondenser {
  private struct State {
    var digest: UInt64 = 1
    var most = 0
    var calls = 0
  }

  private let state = Locked(State())
  private let limit: Int

  init(limit: Int = .max) { self.limit = limit }

  var condenser: (any BodyCondenser)? { self }
  var largest: Int { state.withLock(\.most) }
  var calls: Int { state.withLock(\.calls) }

  func bodyHasArrived(_ count: Int) -> Bool { count <= limit }

  func condense(_ body: BodyBuffer) {
    state.withLock { state in
      state.most = max(state.most, body.count)
      state.calls += 1
      let taken = max(body.count - 10, 0)
      state.digest = Self.digest(of: body.bytes.extracting(first: taken), from: state.digest)
      body.remove(0..<taken)
    }
  }

  func digest(endingWith body: BodyBuffer) -> UInt64 {
    Self.digest(of: body.bytes, from: state.withLock(\.digest))
  }

  static func digest(of bytes: RawSpan, from start: UInt64 = 1) -> UInt64 {
    var digest = start
    // The pointer is used only inside the closure.
    unsafe bytes.withUnsafeBytes { bytes in
      for index in bytes.indices {
        digest = unsafe digest &* 31 &+ UInt64(bytes[index])
      }
    }
    return digest
  }
}

/// Answers with the sum of a body and its length; each request has an adder of its own.
private final class AddingResponder: Responder {
  private let adders = Locked<[Adder]>([])
  private let limit: Int

  init(limit: Int = .max) { self.limit = limit }

  /// Those that nobody has let go of.
  var all: [Adder] { adders.withLock { $0 } }

  func forget() { adders.withLock { $0 = [] } }

  func admit(_ head: borrowing RequestHead) -> Admission {
    if head.path == "/refused" { return .answer(Response(status: .serviceUnavailable)) }
    let adder = Adder(limit: limit)
    adders.withLock { $0.append(adder) }
    return .accept(maximumBodyBytes: 4 << 20, context: adder)
  }

  func respond(to request: consuming Request, reply: consuming Reply) {
    guard let adder = request.context as? Adder else { return }
    let text = "\(adder.digest(endingWith: request.body)) \(request.body.count)"
    reply.send(Response(body: .bytes(Array(text.utf8))))
  }
}

@Suite struct BodyCondenserTests {
  /// What one read may bring beyond a slice, and what the adder keeps.
  private static let mostHeld = BodyBuffer.mostUncondensed + 10

  /// Pages of the same random bytes, each with its own number.
  private func content(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var page = (0..<4093).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var content: [UInt8] = []
    content.reserveCapacity(count + page.count)
    while content.count < count {
      content += page
      page[content.count / page.count % page.count] &+= 1
    }
    content.removeLast(content.count - count)
    return content
  }

  private func answer(to content: [UInt8], keeping kept: Int = 10) -> String {
    // The bytes of UInt8s are all initialised.
    let digest = unsafe Adder.digest(of: content.span.bytes)
    return "\(digest) \(min(content.count, kept))"
  }

  /// A client that has agreed to the server's windows and frames.
  private func uploader(to server: TestServer) throws -> HTTP2Client {
    let client = try HTTP2Client(server)
    client.send(WireFrame(type: 4, flags: 1))
    return client
  }

  // MARK: HTTP/1.1

  @Test(arguments: [1, 11, 5000, 100_000, 3_000_000])
  func `a body of known length can be made smaller while it arrives`(length: Int) throws {
    let responder = AddingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    let content = content(length, seed: 1)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
    client.send(content)
    #expect(try #require(client.readResponse()).text == answer(to: content))
    #expect(responder.all[0].largest <= Self.mostHeld)
    // The connection goes on: what the parser counts is what has come, not what is kept.
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
    #expect(try #require(client.readResponse()).text == answer(to: Array("abc".utf8)))
    withExtendedLifetime(server) {}
  }

  @Test(arguments: [(1, 1), (16, 7), (300_000, 1000), (3_000_000, 70_000), (3_000_000, 3_000_000)])
  func `a body in chunks can be made smaller as well`(length: Int, chunk: Int) throws {
    let responder = AddingResponder()
    let server = try TestServer(responder)
    let client = try server.connect()
    let content = content(length, seed: 2)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in stride(from: 0, to: length, by: chunk) {
      let piece = content[start..<min(start + chunk, length)]
      client.send(Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8))
    }
    client.send("0\r\nX-Trailer: x\r\n\r\n")
    #expect(try #require(client.readResponse()).text == answer(to: content))
    let adder = responder.all[0]
    #expect(adder.largest <= Self.mostHeld)
    // Not for each chunk.
    #expect(adder.calls <= length / BodyBuffer.condensedRead + 1)
    withExtendedLifetime(server) {}
  }

  // MARK: HTTP/2

  @Test(arguments: [true, false], [1000, 16_384, 65_536, 1_000_000])
  func `a body of HTTP 2 can be made smaller in frames of any size`(
    isAnnounced: Bool, frame: Int
  ) throws {
    let responder = AddingResponder()
    let server = try TestServer(responder)
    let client = try uploader(to: server)
    let length = 2_500_000
    let content = content(length, seed: 3)
    client.send(.post(1, "/", isAnnounced ? [("content-length", "\(length)")] : []))
    for start in stride(from: 0, to: length, by: frame) {
      let end = min(start + frame, length)
      client.send(.data(1, content[start..<end], endStream: end == length))
    }
    #expect(client.answer(1).text == answer(to: content))
    let adder = responder.all[0]
    #expect(adder.largest <= Self.mostHeld)
    #expect(adder.calls <= length / BodyBuffer.condensedRead + 10)
    // Windows follow what has come, not what is kept.
    let windows = client.frames.filter { $0.type == 8 && $0.stream == 1 }
    #expect(windows.allSatisfy { !$0.payload.isEmpty })
  }

  @Test func `padding and trailers change nothing`() throws {
    let server = try TestServer(AddingResponder())
    let client = try uploader(to: server)
    let content = content(600_000, seed: 4)
    client.send(.post(1, "/", [("content-length", "600000")]))
    for start in stride(from: 0, to: 600_000, by: 100_000) {
      let payload = [200] + content[start..<start + 100_000] + [UInt8](repeating: 0, count: 200)
      client.send(WireFrame(type: 0, flags: 8, stream: 1, payload: payload))
    }
    client.send(.headers(1, HeaderBlock.lines([("x-trailer", "1")])))
    #expect(client.answer(1) == ("200", answer(to: content)))
  }

  @Test func `streams that come together wait for one slice in all`() throws {
    let responder = AddingResponder()
    let server = try TestServer(responder)
    let client = try uploader(to: server)
    let streams = (0..<20).map { Int32(2 * $0 + 1) }
    let contents = streams.map { content(200_000 + Int($0), seed: UInt64($0)) }
    for (stream, content) in zip(streams, contents) {
      client.send(.post(stream, "/", [("content-length", "\(content.count)")]))
    }
    for start in stride(from: 0, to: 210_000, by: 10_000) {
      for (stream, content) in zip(streams, contents) where start < content.count {
        let end = min(start + 10_000, content.count)
        client.send(.data(stream, content[start..<end], endStream: end == content.count))
      }
    }
    for (stream, content) in zip(streams, contents) {
      #expect(client.answer(stream).text == answer(to: content))
    }
    #expect(responder.all.allSatisfy { $0.largest < 40_000 })
  }

  @Test func `what the length does not say is reset, and the connection goes on`() throws {
    let responder = AddingResponder()
    let server = try TestServer(responder)
    let client = try uploader(to: server)
    let content = content(300_000, seed: 6)
    // Too few, too many, and given up by the client.
    client.send(.post(1, "/", [("content-length", "300001")]), .data(1, content[...]))
    #expect(client.read { $0.resetCode(1) == 1 })
    client.send(.post(3, "/", [("content-length", "299999")]), .data(3, content[...]))
    #expect(client.read { $0.resetCode(3) == 1 })
    client.send(
      .post(5, "/", [("content-length", "300001")]), .data(5, content[...], endStream: false),
      .reset(5))
    client.send(.post(7, "/", [("content-length", "300000")]), .data(7, content[...]))
    #expect(client.answer(7) == ("200", answer(to: content)))
    #expect(server.observer.counts.completed == [200])
  }

  @Test func `nothing is kept of a stream that is reset, refused or called off`() throws {
    let responder = AddingResponder(limit: 100_000)
    let server = try TestServer(responder) { $0.timeouts.body = .milliseconds(300) }
    let client = try uploader(to: server)
    let content = content(90_000, seed: 7)
    client.send(
      .post(1, "/", [("content-length", "300000")]), .data(1, content[...], endStream: false),
      .post(3, "/refused", [("content-length", "90000")]), .data(3, content[...]),
      .post(5, "/", [("content-length", "180000")]), .data(5, content[...], endStream: false))
    #expect(client.answer(3).status == "503")
    client.send(.data(5, content[...]), .post(7, "/", []), .data(7, "late", endStream: false))
    // More than is allowed.
    #expect(client.answer(5).status == "503")
    client.send(.reset(1))
    #expect(client.answer(7).status == "408")
    weak let adder = responder.all.first
    responder.forget()
    #expect(eventually { adder == nil })
    client.send(.post(9, "/", [("content-length", "90000")]), .data(9, content[...]))
    #expect(client.answer(9) == ("200", answer(to: content)))
  }

  @Test func `bodies over TLS are made smaller as well`() throws {
    let responder = AddingResponder()
    let server = try TestServer.tls(responder)
    let client = try server.connectTLS(
      TLSClientContext(TLSClientOptions(protocols: [.http2])))
    let content = content(1_500_000, seed: 8)
    client.send(
      WireFrame.preface + WireFrame.settings().bytes + WireFrame(type: 4, flags: 1).bytes
        + WireFrame.post(1, "/", [("content-length", "\(content.count)")]).bytes)
    for start in stride(from: 0, to: content.count, by: 500_000) {
      let end = start + 500_000
      client.send(
        WireFrame.data(1, content[start..<end], endStream: end == content.count).bytes)
    }
    let frame = client.readFrame { $0.type == 0 }
    #expect(frame?.payload == Array(answer(to: content).utf8))
    #expect(responder.all[0].largest <= Self.mostHeld)
  }

  // MARK: Memory

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

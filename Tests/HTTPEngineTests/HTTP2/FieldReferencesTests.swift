import TestSupport
import Testing

@testable import HTTPEngine

/// Requests of a client that keeps its lines in HPACK's table, so that they come as references.
@Suite struct FieldReferencesTests {
  /// Encodes short lines with incremental indexing, and as an index when they come again
  /// (RFC 7541 §6.1, §6.2.1).
  private struct Encoder {
    private var table: [String] = []

    mutating func encode(_ lines: [(String, String)], indexed: Bool = true) -> [UInt8] {
      lines.flatMap { name, value -> [UInt8] in
        let line = "\(name): \(value)"
        let literal =
          [UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8
        guard indexed else { return [0] + literal }
        if let place = table.firstIndex(of: line) { return [0x80 | UInt8(62 + place)] }
        table.insert(line, at: 0)
        // 4096 bytes are room for some sixty such lines.
        if table.count > 40 { table.removeLast() }
        return [0x40] + literal
      }
    }
  }

  /// Tells the heads that a session makes, as text.
  private final class Heads: HTTP2SessionHandler {
    var texts: [String] = []
    func received(_ head: RequestHead, on stream: HTTP2Stream) {
      let fields = head.fields.map { " \($0.name)=\($0.value)" }.joined()
      texts.append("\(head.method.name) \(head.target) \(head.authority ?? "-")\(fields)")
    }
    func refused(_ refusal: Refusal, on stream: HTTP2Stream) {
      texts.append("refused \(refusal.status.rawValue)")
    }
    func completed(_ stream: HTTP2Stream, trailers: HeaderFields) {}
    func makeRoom(for count: Int, in stream: HTTP2Stream) -> Bool { false }
    func wasReset(by side: StreamReset) {}
    func failed(_ failure: SessionFailure) { texts.append("failed") }
    func malformed(_ stream: Int32) { texts.append("malformed") }
    func closed(_ stream: HTTP2Stream) {}
  }

  private func lines(_ path: String, _ more: [(String, String)]) -> [(String, String)] {
    [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "a")] + more
  }

  private func text(_ path: String, _ more: [(String, String)]) -> String {
    "GET \(path) a" + more.map { " \($0.0)=\($0.1)" }.joined()
  }

  // Heads of a few kinds in random order: repeated, changed in one place, shorter, longer; each line
  // as a reference or not. What is told must be what was sent, whatever was remembered.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `tells what was sent, whatever came before`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var limits = ServerConfiguration.Limits()
    limits.fieldCount = 60
    let library = try #require(HTTP2Library(HTTP2Configuration(), limits: limits))
    let session = try #require(HTTP2Session(library, info: .detached, now: 1))
    let heads = Heads()
    var encoder = Encoder()
    var expected: [String] = []
    session.receive(
      (WireFrame.preface + WireFrame.settings().bytes).span, now: 1, handler: heads)
    var (path, more) = ("/", [("x", "1")])
    for request in 0..<80 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: path = "/\(Int.random(in: 0..<3, using: &random))"
      case 1: more.append(("n\(more.count)", "\(Int.random(in: 0..<3, using: &random))"))
      case 2: if !more.isEmpty { more.removeLast() }
      case 3:
        if let index = more.indices.randomElement(using: &random) {
          more[index].1 = "\(Int.random(in: 0..<4, using: &random))"
        }
      default: break
      }
      let block = encoder.encode(
        lines(path, more), indexed: Int.random(in: 0..<5, using: &random) > 0)
      let frame = WireFrame.headers(Int32(2 * request + 1), block)
      session.receive(frame.bytes.span, now: 1, handler: heads)
      expected.append(text(path, more))
      if let stream = session.stream(Int32(2 * request + 1)) { session.reset(stream, .noError) }
      let output = OutputBuffer()
      session.write(to: output, limit: 1 << 16, now: 1, handler: heads)
    }
    #expect(heads.texts == expected, "seed \(seed)")
  }

  @Test func `remembers no more lines than it has places for`() throws {
    let library = try #require(HTTP2Library(HTTP2Configuration(), limits: .init()))
    let session = try #require(HTTP2Session(library, info: .detached, now: 1))
    let heads = Heads()
    var encoder = Encoder()
    session.receive(
      (WireFrame.preface + WireFrame.settings().bytes).span, now: 1, handler: heads)
    let more = (0..<36).map { ("n\($0)", "v") }
    for request in 0..<4 {
      let frame = WireFrame.headers(
        Int32(2 * request + 1), encoder.encode(lines("/", more)))
      session.receive(frame.bytes.span, now: 1, handler: heads)
    }
    #expect(heads.texts == Array(repeating: text("/", more), count: 4))
  }

  /// The memory of what is remembered outlives session and library, in whatever order they go.
  @Test func `gives everything back`() throws {
    var encoder = Encoder()
    for _ in 0..<3 {
      let library = try #require(
        HTTP2Library(HTTP2Configuration(), limits: .init(), keepsMemory: false))
      let session = try #require(HTTP2Session(library, info: .detached, now: 1))
      let heads = Heads()
      encoder = Encoder()
      session.receive(
        (WireFrame.preface + WireFrame.settings().bytes).span, now: 1, handler: heads)
      for request in 0..<3 {
        let frame = WireFrame.headers(
          Int32(2 * request + 1), encoder.encode(lines("/", [("x", "y")])))
        session.receive(frame.bytes.span, now: 1, handler: heads)
      }
      #expect(heads.texts.count == 3)
    }
  }
}

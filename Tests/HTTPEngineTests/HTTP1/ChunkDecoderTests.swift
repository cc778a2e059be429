import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct ChunkDecoderTests {
  /// Decodes pieces; the result is the content and the trailers, or the fault.
  private func decode(
    _ pieces: [[UInt8]], limits: ServerConfiguration.Limits = .init()
  ) throws(MessageFault) -> (content: [UInt8], trailers: HeaderFields, left: Int)? {
    var decoder = ChunkDecoder(limits: limits)
    var content: [UInt8] = []
    var announced = 0
    for piece in pieces {
      var position = 0
      reading: while true {
        switch try decoder.next(piece.span, from: &position) {
        case .needsInput: break reading
        case .chunk(let size): announced += size
        case .data(let range): content += piece[range]
        case .end(let trailers):
          #expect(announced == content.count)
          return (content, trailers, piece.count - position)
        }
      }
    }
    return nil
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `restores any content from any pieces`(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      var content: [UInt8] = []
      var wire: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<5, using: &random) {
        let piece = (0..<Int.random(in: 1..<40, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        content += piece
        wire += Array(String(piece.count, radix: 16).utf8)
        if Bool.random(using: &random) { wire += Array(";n=v".utf8) }
        wire += [13, 10] + piece + [13, 10]
      }
      wire += Array("0\r\nX: y\r\n\r\nrest".utf8)
      var pieces: [[UInt8]] = []
      var start = 0
      while start < wire.count {
        let end = min(wire.count, start + Int.random(in: 1..<20, using: &random))
        pieces.append(Array(wire[start..<end]))
        start = end
      }
      let result = try #require(try decode(pieces), "seed \(seed)")
      #expect(result.content == content, "seed \(seed)")
      #expect(result.trailers["x"] == "y")
    }
  }

  @Test func `stops behind the last empty line`() throws {
    let result = try #require(try decode([Array("1\r\na\r\n0\r\n\r\nGET".utf8)]))
    #expect(result.left == 3)
    #expect(result.trailers.isEmpty)
  }

  @Test func `counts extensions over the whole message`() throws {
    var limits = ServerConfiguration.Limits()
    limits.chunkExtensionBytes = 10
    let chunk = "1;abc\r\nx\r\n"
    #expect(try decode([Array(chunk.utf8)], limits: limits) == nil)
    #expect(throws: MessageFault.chunkExtensions) {
      try self.decode([Array(String(repeating: chunk, count: 3).utf8)], limits: limits)
    }
  }

  @Test func `bounds the number and size of trailers`() throws {
    var limits = ServerConfiguration.Limits()
    limits.fieldCount = 2
    limits.trailerBytes = 40
    let three = "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"
    #expect(throws: MessageFault.trailer) { try self.decode([Array(three.utf8)], limits: limits) }
    let long = "0\r\nA: \(String(repeating: "x", count: 40))"
    #expect(throws: MessageFault.trailer) { try self.decode([Array(long.utf8)], limits: limits) }
    #expect(throws: MessageFault.trailer) {
      try self.decode(Array(long.utf8).map { [$0] }, limits: limits)
    }
  }

  @Test(arguments: [
    "Content-Length", "Transfer-Encoding", "Host", "Connection", "Expect", "TE", "Trailer",
    "Keep-Alive", "Upgrade", "Authorization", "Content-Type", "Content-Encoding",
  ])
  func `refuses a trailer that comes too late`(_ name: String) throws {
    let text = "0\r\nA: 1\r\n\(name): 2\r\nB: 3\r\n\r\n"
    #expect(throws: MessageFault.trailer) { try self.decode([Array(text.utf8)]) }
  }

  @Test func `hands other trailers over`() throws {
    let trailers = try #require(try decode([Array("0\r\nA: 1\r\nB:\r\n\r\n".utf8)])).trailers
    #expect(trailers == ["A": "1", "B": ""])
  }

  @Test func `leaves trailers to which other fields can be added`() throws {
    let wire = Array("0\r\nX: 1\r\nY: 2\r\n\r\n".utf8)
    var fields = try #require(try decode([wire])).trailers
    fields.append("Z", "3")
    #expect(String(decoding: fields.wire, as: UTF8.self) == "X: 1\r\nY: 2\r\nZ: 3\r\n")
    var others: HeaderFields = ["A": "0"]
    others.append(fields)
    #expect(others.removing([]).wire == others.wire)
  }
}

import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

@Suite struct AnswerCompressionTests {
  private func compressed(
    _ body: ResponseBody, _ coding: ContentEncoding, checkpoint: Checkpoint = Checkpoint {}
  ) throws(ServiceProblem) -> Response {
    var response = Response(body: body)
    try AnswerCompression(buffers: BufferPool(maximumIdleBytes: 0))
      .apply(coding, to: &response, checkpoint: checkpoint)
    return response
  }

  private func buffer(_ bytes: [UInt8]) -> BodyBuffer {
    let buffer = BufferPool(maximumIdleBytes: 0).take(capacity: bytes.count)
    // The span is used only during the call.
    unsafe buffer.append(bytes.span.bytes)
    return buffer
  }

  @Test(arguments: [ContentEncoding.gzip, .deflate], [1024, 5000, 3 << 20])
  func `content is coded and says so`(coding: ContentEncoding, count: Int) throws {
    let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 100) }
    for body in [ResponseBody.bytes(plain), .buffer(buffer(plain))] {
      let response = try compressed(body, coding)
      #expect(response.fields["content-encoding"] == coding.token)
      #expect(response.fields.values(of: "vary") == ["Accept-Encoding"])
      #expect(CodedContent.inflated(response.content) == plain)
    }
  }

  @Test func `short content, noise and other clients' content stay as they are`() throws {
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for (plain, coding) in [
      ([UInt8](repeating: 1, count: 1023), ContentEncoding.gzip), (noise, .gzip),
      ([UInt8](repeating: 1, count: 5000), .identity),
    ] {
      let response = try compressed(.bytes(plain), coding)
      #expect(response.content == plain)
      #expect(!response.fields.contains("content-encoding"))
      #expect(response.fields["vary"] == "Accept-Encoding")
    }
    #expect(try compressed(.empty, .gzip).body.count == 0)
  }

  @Test func `a client that has gone ends it`() {
    let problem = #expect(throws: ServiceProblem.self) {
      try compressed(
        .bytes([UInt8](repeating: 1, count: 5000)), .gzip,
        checkpoint: Checkpoint { () throws(ServiceProblem) in throw .deadlinePassed })
    }
    #expect(problem == .deadlinePassed)
  }
}

extension Response {
  /// The body's bytes.
  var content: [UInt8] {
    switch body {
    case .bytes(let bytes): return bytes
    case .buffer(let buffer):
      // The copy is made inside the closure.
      return unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) }
    case .empty, .stream: return []
    }
  }
}

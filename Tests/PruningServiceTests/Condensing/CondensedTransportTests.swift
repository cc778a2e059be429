import HTTPEngine
import TensorCoding
import Tensors
import TestSupport
import Testing

@testable import PruningService

/// One body over every way that a body can come: whatever is condensed, and where, the answer is the same.
@Suite(.timeLimit(.minutes(10))) struct CondensedTransportTests {
  private static let (rows, heads) = (400, 16)

  /// Attention of 5 MB in F16, with bits of the caller's at some places.
  private func attention(
    _ replaced: [Int: UInt16], heads: Int, equal: Bool = false
  ) throws -> Tensor {
    let shape = try Shape(checking: [1] + (heads == 1 ? [] : [heads]) + [Self.rows, Self.rows])
    let storage = TensorStorage(byteCount: shape.elementCount * 2) { bytes in
      for index in 0..<shape.elementCount {
        // From 2^-7 to 2^-1, in no order.
        let bits =
          0x2000 + UInt16(truncatingIfNeeded: (index &* 2_654_435_761) >> 13 & (equal ? 0 : 0x17FF))
        bytes.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
      }
      for (index, bits) in replaced {
        bytes.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
      }
    }
    return try Tensor(dtype: .float16, shape: shape, storage: storage)
  }

  private func body(
    _ replaced: [Int: UInt16] = [:], heads: Int = Self.heads, padding: Int = 0, equal: Bool = false
  ) throws -> [UInt8] {
    let tokens = try Tensor(
      dtype: .float32, shape: [1, Self.rows, 2],
      storage: TensorStorage(byteCount: Self.rows * 8) { bytes in
        for index in 0..<2 * Self.rows {
          bytes.storeBytes(of: Float(index), toByteOffset: index * 4, as: Float.self)
        }
      })
    let draft = RequestDraft(
      fields: """
        "strategy": {"global_threshold": 1.2, "recycling_cell_size": 2.2, "layers": 8,
          "stages": [{"layer": 0, "retain_ratio": 0.4}]}, "timing": false,
        "return": ["indices", "merges", "importance", "stages", "tokens"]
        """ + String(repeating: " ", count: padding),
      shared: [
        ("attention", try attention(replaced, heads: heads, equal: equal)), ("tokens", tokens),
      ])
    let file = try draft.body(.safetensors)
    // Bytes have no invalid values.
    return unsafe file.bytes.withUnsafeBytes { unsafe Array($0) }
  }

  private static let fields = [
    ("Content-Type", "application/vnd.safetensors"), ("X-Request-Id", "same"),
  ]

  private func chunked(_ body: [UInt8], _ service: LoopbackService) throws -> ServiceAnswer {
    let connection = try service.connect()
    let lines = Self.fields.map { "\($0): \($1)\r\n" }.joined()
    try connection.send(
      "POST /v1/prune HTTP/1.1\r\nHost: x\r\n\(lines)Transfer-Encoding: chunked\r\n\r\n")
    for start in stride(from: 0, to: body.count, by: 100_001) {
      let piece = Array(body[start..<min(start + 100_001, body.count)])
      try connection.send("\(String(piece.count, radix: 16))\r\n")
      try connection.send(piece)
      try connection.send("\r\n")
    }
    try connection.send("0\r\n\r\n")
    return try connection.readAnswer()
  }

  /// Whether nothing is held in the end: an answer counts until its stream is over.
  private func isFree(_ service: LoopbackService) throws -> Bool {
    try (0..<1000).contains { _ in try service.metric("vflowopt_in_flight_bytes") == 0 }
  }

  private func expectSame(_ body: [UInt8], whole: [UInt8], status: Int) throws {
    let service = try LoopbackService()
    func post(_ body: [UInt8], _ more: [(String, String)] = []) throws -> ServiceAnswer {
      try service.connect().exchange(
        "POST", "/v1/prune", fields: Self.fields + more, body: body)
    }
    let expected = try post(whole)
    #expect(expected.status == status)
    #expect(expected["server-timing"]?.contains("reduce") != true)
    var answers = [
      try post(body), try chunked(body, service),
    ]
    for answer in answers {
      #expect(answer.status == status)
      #expect(answer["server-timing"]?.contains("reduce") == true)
    }
    answers.append(try post(CodedContent.gzip(body), [("Content-Encoding", "gzip")]))
    for answer in answers { #expect(answer.body == expected.body) }
    for (isAnnounced, frame) in [
      (true, 16_384), (true, 1 << 20), (false, 16_384), (false, 900_001),
    ] {
      let client = try FrameConnection(service.connect())
      let answer = try client.post(
        "/v1/prune", Self.fields, body, frame: frame, isAnnounced: isAnnounced)
      #expect(answer == expected.body, "announced \(isAnnounced), frames of \(frame)")
    }
  }

  @Test(arguments: [16, 1])
  func `attention with heads and without is answered alike`(heads: Int) throws {
    try expectSame(
      body(heads: heads), whole: body(heads: heads, padding: 70_000), status: 200)
  }

  @Test(arguments: [[0: 0x7C00], [500_000: 0x7E01], [2_559_999: 0xFC00, 2_559_998: 0x7C01]])
  func `elements that are not finite are the same problem`(replaced: [Int: UInt16]) throws {
    try expectSame(body(replaced), whole: body(replaced, padding: 70_000), status: 422)
  }

  /// The whole of what the coding stands for would not fit beside the body.
  @Test func `attention is averaged as it comes out of a coding`() throws {
    let file = try body(equal: true)
    let service = try LoopbackService {
      $0.maximumBodyBytes = file.count + 10_000
      $0.maximumJSONBodyBytes = file.count
      $0.maximumChunkedBodyBytes = file.count
      $0.inFlightBytes = file.count + 10_000
      $0.maximumInflationRatio = 10_000
    }
    for (plain, status) in [(file, 200), (Array(file.dropLast()), 400)] {
      let answer = try service.connect().exchange(
        "POST", "/v1/prune", fields: Self.fields + [("Content-Encoding", "gzip")],
        body: CodedContent.gzip(plain))
      #expect(answer.status == status)
    }
    #expect(try isFree(service))
  }

  @Test(arguments: [1_000_000, 700])
  func `a file that is cut is the same problem`(missing: Int) throws {
    let whole = try body(padding: 70_000)
    let service = try LoopbackService()
    let expected = try service.connect().exchange(
      "POST", "/v1/prune", fields: Self.fields, body: Array(whole.dropLast(missing)))
    #expect(expected.status == 400)
    let cut = Array(try body().dropLast(missing))
    #expect(try chunked(cut, service).body == expected.body)
    let client = try FrameConnection(service.connect())
    #expect(
      try client.post("/v1/prune", Self.fields, cut, frame: 16_384, isAnnounced: false)
        == expected.body)
    #expect(try isFree(service))
  }
}

import HTTPEngine
import Tensors
import TestSupport
import Testing

@testable import PruningService

/// Memory goes from request to request as it is; what one has left, no other may see.
@Suite struct ReusedMemoryTests {
  private static let fields =
    #""strategy":"llava-onevision-7b@0.25","layout":{"kind":"grid","rows":16,"columns":16},"#
    + #""timing":false"#

  /// A request with 512 KiB of tokens, and what it is sent as.
  private static func request(
    _ form: RequestDraft.Form, seed: UInt64
  ) throws -> (body: [UInt8], fields: HeaderFields) {
    var random = SeededGenerator(seed: seed)
    let importance = (0..<256).map { _ in Float.random(in: 0...1, using: &random) }
    let tokens = (0..<256 * 512).map { _ in Float.random(in: -1...1, using: &random) }
    let draft = RequestDraft(
      fields: fields,
      shared: [
        ("importance", try Tensor.floats(importance, [1, 256])),
        ("tokens", try Tensor.floats(tokens, [1, 256, 512])),
      ])
    let bytes = try draft.body(form)
    // Copied while the storage lives.
    let body = unsafe bytes.bytes.withUnsafeBytes { unsafe Array($0) }
    let isJSON = form.encoding == .json
    return (body, isJSON ? OperationRunnerTests.json : OperationRunnerTests.tensors)
  }

  /// Leaves bytes of a pattern in memory of all sizes that the requests need.
  private static func soil(_ pool: BufferPool) {
    let sizes = (17...21).flatMap { power in (4...7).map { $0 << (power - 2) } }
    let buffers = (sizes + sizes).map { pool.take(capacity: $0) }
    for buffer in buffers {
      buffer.write { bytes in
        for offset in 0..<bytes.byteCount {
          bytes.storeBytes(of: 0xA5, toByteOffset: offset, as: UInt8.self)
        }
        return bytes.byteCount
      }
    }
  }

  @Test(arguments: RequestDraft.Form.allCases)
  func `answers do not depend on what lay in the memory`(form: RequestDraft.Form) async throws {
    let (body, fields) = try Self.request(form, seed: 1)
    let clean = await (try RouteHarness()).send(.post, "/v1/prune", fields, body: body)
    #expect(clean.status == .ok)
    let harness = try RouteHarness()
    Self.soil(harness.parts.buffers)
    let idle = harness.parts.buffers.idleBytes
    for _ in 0..<3 {
      let answer = await harness.send(.post, "/v1/prune", fields, body: body)
      #expect(answer.sentBytes == clean.sentBytes)
    }
    // Nothing new was needed but what the soil had no size for.
    #expect(harness.parts.buffers.heldBytes < idle + 4 << 20)
  }

  @Test func `memory in use and at rest stays below in_flight_bytes`() async throws {
    let ceiling = 8 << 20
    let harness = try RouteHarness { configuration in
      configuration.inFlightBytes = ceiling
      configuration.maximumBodyBytes = ceiling
      configuration.maximumJSONBodyBytes = ceiling
      configuration.maximumChunkedBodyBytes = ceiling
    }
    for form in RequestDraft.Form.allCases + RequestDraft.Form.allCases {
      let (body, fields) = try Self.request(form, seed: 2)
      let answer = await harness.send(.post, "/v1/prune", fields, body: body)
      #expect(answer.status == .ok)
      #expect(harness.parts.buffers.heldBytes <= ceiling)
    }
  }
}

extension Response {
  /// The body's bytes.
  fileprivate var sentBytes: [UInt8] {
    switch body {
    case .bytes(let bytes): bytes
    // Copied while the buffer lives.
    case .buffer(let buffer): unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) }
    case .empty, .stream: []
    }
  }
}

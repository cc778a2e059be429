import TensorCoding
import Tensors
import Testing

@testable import PruningService

@Suite struct AnswerEncoderSafetensorsTests {
  private func answer(_ fields: String = "", clockStep: UInt64 = 1) throws -> [UInt8] {
    let draft = RequestDraft(
      fields: SampleItems.strategy + fields,
      items: [try SampleItems.grid(seed: 1), try SampleItems.grid(seed: 2)])
    return try SampleItems.prune.answer(
      draft.body(.safetensors), .safetensors, clock: FakeClock(step: clockStep))
  }

  @Test func `tensors and length do not depend on the clock`() throws {
    let fast = try answer()
    let slow = try answer(clockStep: .max >> 8)
    #expect(fast != slow)
    #expect(fast.count == slow.count)
    let files = try [fast, slow].map { try SafetensorsFile(storage: TensorStorage($0)) }
    #expect(files[0].tensors.map(\.name) == files[1].tensors.map(\.name))
    for (left, right) in zip(files[0].tensors, files[1].tensors) {
      #expect(left.tensor.bytes.array == right.tensor.bytes.array)
    }
    #expect(files[1].metadataValue("response")?.contains("9999999999") == true)
  }

  @Test func `names are paths and wide elements come first`() throws {
    let file = try SafetensorsFile(storage: TensorStorage(answer()))
    let sizes = file.tensors.map { $0.tensor.dtype.byteSize }
    #expect(sizes == sizes.sorted(by: >))
    #expect(file["items.1.stages.1.retained_rows"]?.dtype == .int32)
    #expect(file["items.0.recycled_mask"]?.dtype == .uint8)
    #expect(file["items.0.merges.weights"]?.dtype == .float32)
    #expect(file["items.0.tokens"]?.shape.rank == 2)
    let response = try #require(file.metadataValue("response"))
    #expect(!response.contains("retained_rows"))
    #expect(response.contains(#""stages":[{"layer":4,"#))
    #expect(file.metadata.count == 1)
  }

  @Test func `the buffer is of just the size of the file`() throws {
    var capacities: [Int] = []
    let document = AnswerDocument(AnswerObject(), tellsTiming: true)
    var timing = PhaseTiming()
    let answer = try AnswerEncoder.encode(
      document, as: .safetensors, timing: &timing, now: FakeClock().now
    ) { capacity in
      capacities.append(capacity)
      return HeapAnswerBuffer(capacity: capacity)
    }
    guard case .buffer(let buffer) = answer else {
      Issue.record("a binary answer is in the caller's buffer")
      return
    }
    #expect(capacities == [buffer.bytes.count])
  }

  @Test func `an item whose facts are all tensors keeps its place`() {
    var item = AnswerObject()
    item.append("entropy", .floats([1]))
    var body = AnswerObject()
    body.append("items", .list([.object(item)]))
    body.append("merges", .object(item))
    let file = SafetensorsAnswer(body)
    #expect(file.tensors.map(\.name) == ["items.0.entropy", "merges.entropy"])
    #expect(String(decoding: file.rest.bytes, as: UTF8.self) == #"{"items":[{}]"#)
  }

  @Test func `tensors deep inside are named by their whole path`() {
    var leaf = AnswerObject()
    leaf.append("a", .int32s([1]))
    leaf.append("b", .uint8s([1]))
    var middle = AnswerObject()
    middle.append("leaf", .object(leaf))
    middle.append("count", .integer(1))
    var body = AnswerObject()
    body.append("list", .list([.null, .list([.object(middle), .floats([1])])]))
    body.append("after", .floats([2]))
    let file = SafetensorsAnswer(body)
    #expect(
      file.tensors.map(\.name)
        == ["list.1.0.leaf.a", "list.1.1", "after", "list.1.0.leaf.b"])
    #expect(
      String(decoding: file.rest.bytes, as: UTF8.self) == #"{"list":[null,[{"count":1},null]]"#)
  }

  @Test(arguments: [true, false])
  func `the header has room for every duration`(tellsTiming: Bool) throws {
    var named = AnswerObject()
    named.append("id", .string(#"a "quoted" \ name"#))
    for body in [AnswerObject(), named] {
      let document = AnswerDocument(body, tellsTiming: tellsTiming)
      for timing in [PhaseTiming(), .longest] {
        var timing = timing
        let answer = try AnswerEncoder.encode(
          document, as: .safetensors, timing: &timing, now: FakeClock(step: .max >> 8).now,
          makeBuffer: HeapAnswerBuffer.init)
        guard case .buffer(let buffer) = answer else {
          Issue.record("a binary answer is in the caller's buffer")
          continue
        }
        let file = try SafetensorsFile(storage: TensorStorage(buffer.bytes))
        let response = try #require(file.metadataValue("response"))
        #expect(response.contains("timing") == tellsTiming)
      }
    }
  }

  @Test func `lists of tiled layouts keep their tile axis`() throws {
    let draft = RequestDraft(
      fields: SampleItems.strategy
        + #", "layout": {"kind": "frames", "frames": 2, "rows": 3, "columns": 3}"#,
      items: [
        .init(tensors: [("attention", try SampleItems.attention([2], tokens: 9, seed: 1))])
      ])
    let bytes = try SampleItems.importance.answer(draft.body(.safetensors), .safetensors)
    let file = try SafetensorsFile(storage: TensorStorage(bytes))
    #expect(file["items.0.global_mask"]?.shape == [2, 9])
    #expect(file["items.0.received_attention"]?.shape == [2, 9])
    #expect(file["items.0.importance_map"]?.shape == [9])
  }
}

import Tensors
import Testing

@testable import PruningService

@Suite struct AnswerEncoderTests {
  private func document(tellsTiming: Bool = true) -> AnswerDocument {
    var inner = AnswerObject()
    inner.append("list", .list([.string("a\"b"), .null, .boolean(true)]))
    inner.append("empty", .list([]))
    var body = AnswerObject()
    body.append("count", .integer(-3))
    body.append("ratio", .number(0.1))
    body.append("indices", .int32s([1, -2]))
    body.append("mask", .uint8s([0, 1, 255]))
    body.append("weights", .floats([0.1, 1]))
    body.append("nothing", nil)
    body.append("inner", .object(inner))
    return AnswerDocument(body, tellsTiming: tellsTiming)
  }

  private func encode(
    _ document: AnswerDocument, _ encoding: MessageEncoding, step: UInt64 = 5_000,
    timing: PhaseTiming = PhaseTiming()
  ) throws -> (bytes: [UInt8], timing: PhaseTiming) {
    var timing = timing
    let answer = try AnswerEncoder.encode(
      document, as: encoding, timing: &timing, now: FakeClock(step: step).now,
      makeBuffer: HeapAnswerBuffer.init)
    switch answer {
    case .bytes(let bytes): return (bytes, timing)
    case .buffer(let buffer): return (buffer.bytes, timing)
    }
  }

  @Test func `writes JSON in order, the timing last`() throws {
    let answer = try encode(document(), .json)
    #expect(
      String(decoding: answer.bytes, as: UTF8.self)
        == #"{"count":-3,"ratio":0.1,"indices":[1,-2],"mask":[0,1,255],"weights":[0.1,1],"#
        + #""inner":{"list":["a\"b",null,true],"empty":[]},"#
        + #""timing":{"queue_us":0,"decode_us":0,"kernel_us":0,"encode_us":5}}"#)
  }

  @Test func `tells the encode phase to the caller`() throws {
    for encoding in MessageEncoding.allCases {
      let timing = try encode(document(), encoding).timing
      #expect(timing.encodeNanoseconds > 0)
      #expect(try encode(document(tellsTiming: false), encoding).timing.encodeNanoseconds == 5_000)
    }
  }

  @Test func `without timing the bytes do not depend on the clock`() throws {
    for encoding in MessageEncoding.allCases {
      let slow = try encode(document(tellsTiming: false), encoding, step: 900_000_000)
      #expect(slow.bytes == (try encode(document(tellsTiming: false), encoding)).bytes)
    }
  }

  @Test func `both encodings say the same`() throws {
    let json = try AnswerFacts(json: encode(document(tellsTiming: false), .json).bytes)
    let binary = try AnswerFacts(
      safetensors: encode(document(tellsTiming: false), .safetensors).bytes)
    #expect(json == binary)
  }

  @Test func `an empty answer is an empty object`() throws {
    let empty = AnswerDocument(AnswerObject(), tellsTiming: false)
    #expect(try encode(empty, .json).bytes == Array("{}".utf8))
    #expect(try AnswerFacts(safetensors: encode(empty, .safetensors).bytes).paths.isEmpty)
  }
}

import Foundation
import TensorCoding
import Tensors
import Testing

@testable import StudyDriver

@Suite struct EvaluationTests {
  private let whole = EvaluationRequest(study: "s", kind: .trial(.sample(7), rows: nil))
  private let portion = EvaluationRequest(study: "s", kind: .trial(.sample(7), rows: [4, 0]))

  private func text(_ evaluation: Evaluation) -> String {
    String(decoding: evaluation.body, as: UTF8.self)
  }

  @Test func `a request is one line of JSON`() throws {
    #expect(
      String(decoding: portion.encoded, as: UTF8.self) == """
        {"protocol":1,"kind":"trial","study":"s","trial":7,"strategy":{"layers":28,"stages":\
        [{"layer":0,"retain_ratio":0.3145}]},"rows":[4,0]}
        """)
    #expect(
      String(
        decoding: EvaluationRequest(study: "s", kind: .baseline).encoded, as: UTF8.self)
        == #"{"protocol":1,"kind":"baseline","study":"s"}"#)
  }

  @Test(
    arguments: [
      ("0.93", #"{"value":0.93}"#),
      (" {\"value\": 1 , \"standard_error\": 0.5}\n", #"{"value":1,"standard_error":0.5}"#),
      (#"{"values":[0.5,null,1]}"#, #"{"values":[0.5,null,1]}"#),
      (#"{"last_token":[[1,2],[3,4]],"rows":[9]}"#, #"{"last_token":[[1,2],[3,4]]}"#),
      (#"{"infeasible":true,"reason":"a \"b\""}"#, #"{"infeasible":true,"reason":"a \"b\""}"#),
    ])
  func `an answer becomes the body of a tell`(answer: String, body: String) throws {
    let evaluation = try Evaluation(Array(answer.utf8), to: whole)
    #expect(text(evaluation) == body)
    #expect(evaluation.mediaType == "application/json")
    #expect(evaluation.isInfeasible == answer.contains("infeasible"))
  }

  @Test func `an answer about some rows says which`() throws {
    let evaluation = try Evaluation(Array(#"{"values":[0.5,1]}"#.utf8), to: portion)
    #expect(text(evaluation) == #"{"values":[0.5,1],"rows":[4,0]}"#)
    let infeasible = try Evaluation(Array(#"{"infeasible":true}"#.utf8), to: portion)
    #expect(text(infeasible) == #"{"infeasible":true}"#)
  }

  @Test(arguments: ["", "nonsense", "[1,2]", "\"text\"", "null", "{", "NaN"])
  func `an answer that says nothing is a failure`(answer: String) {
    let error = #expect(throws: StudyDriverError.self) {
      try Evaluation(Array(answer.utf8), to: whole)
    }
    #expect(error?.code == .evaluationFailed)
  }

  @Test func `one value is no answer about some rows`() {
    #expect(throws: StudyDriverError.self) { try Evaluation(Array("0.5".utf8), to: portion) }
  }

  private func file() throws -> [UInt8] {
    var writer = SafetensorsWriter()
    writer.declare("last_token", dtype: .float32, shape: try Shape(checking: [2, 1]))
    let layout = try writer.layout()
    var bytes = [UInt8](repeating: 0, count: layout.byteCount)
    var span = bytes.mutableSpan
    var header = unsafe span.mutableBytes
    try layout.writeHeader(into: &header)
    bytes[layout.ranges[0].lowerBound + 3] = 0x3F
    return bytes
  }

  @Test(arguments: [
    (#"{"value": NaN}"#, "null"), (#"{"values":[-Infinity]}"#, "null"), ("{", "JSON"),
  ])
  func `what is no JSON is told with the usual reason`(answer: String, hint: String) {
    let error = #expect(throws: StudyDriverError.self) {
      try Evaluation(Array(answer.utf8), to: whole)
    }
    #expect(error?.code == .evaluationFailed && error?.detail.contains(hint) == true)
  }

  @Test func `a safetensors file is passed on as it is`() throws {
    let bytes = try file()
    let evaluation = try Evaluation(bytes, to: whole)
    #expect(evaluation.body == bytes)
    #expect(evaluation.mediaType == "application/vnd.safetensors")
  }

  @Test func `a safetensors file about some rows says which`() throws {
    let evaluation = try Evaluation(try file(), to: portion)
    let body = evaluation.body
    let read = try SafetensorsFile(
      storage: TensorStorage(byteCount: body.count) { target in
        unsafe target.withUnsafeMutableBytes { unsafe $0.copyBytes(from: body) }
      })
    #expect(read.metadataValue("request") == #"{"rows":[4,0]}"#)
    #expect(read["last_token"]?.float(at: 0) == 0.5)
    var broken = try file()
    broken[9] = 0
    #expect(throws: StudyDriverError.self) { try Evaluation(broken, to: portion) }
  }

  @Test func `an answer may lie in a file, but not in a file of a file`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileContent.write(Array("0.5".utf8), to: path)
    let pointer = Array("{\"file\":\"\(path)\"}".utf8)
    #expect(text(try Evaluation(pointer, to: whole)) == #"{"value":0.5}"#)
    try FileContent.write(pointer, to: path)
    #expect(throws: StudyDriverError.self) { try Evaluation(pointer, to: whole) }
    let missing = #expect(throws: StudyDriverError.self) {
      try Evaluation(Array("{\"file\":\"/no/such\"}".utf8), to: whole)
    }
    #expect(missing?.code == .unusableFile)
  }
}

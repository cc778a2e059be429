import HTTPEngine
import Testing

@testable import PruningService

@Suite struct NegotiationTests {
  static let json = "application/json"
  static let tensors = "application/vnd.safetensors"

  @Test(
    arguments: [
      (json, MessageEncoding.json), ("Application/JSON", .json),
      ("application/json; charset=utf-8", .json), ("application/json;charset=\"UTF-8\"", .json),
      (tensors, .safetensors), ("application/vnd.safetensors; v=1", .safetensors),
    ]) func `the media type decides how the body is read`(
      type: String, encoding: MessageEncoding
    ) throws
  {
    let negotiation = try Negotiation(["Content-Type": type])
    #expect(negotiation.body == encoding)
    #expect(negotiation.answer == encoding)
  }

  @Test(
    arguments: [
      [:], ["Content-Type": "text/plain"], ["Content-Type": ""], ["Content-Type": "json"],
      ["Content-Type": "application/json; charset=latin1"],
      ["Content-Type": json, "content-type": json],
      ["Content-Type": json, "Content-Encoding": "br"],
      ["Content-Type": json, "Content-Encoding": "gzip, gzip"],
      ["Content-Type": json, "Content-Encoding": "gzip", "content-encoding": "deflate"],
      ["Content-Type": json, "Content-Encoding": "identity, br"],
    ] as [HeaderFields]) func `what cannot be read is 415 and tells what can`(fields: HeaderFields)
  {
    let problem = #expect(throws: ServiceProblem.self) { try Negotiation(fields) }
    #expect(problem?.type == .unsupportedMediaType)
    #expect(problem?.extensions.isEmpty == false)
  }

  @Test func `an identity coding is no coding`() throws {
    let fields: HeaderFields = ["Content-Type": Self.json, "Content-Encoding": "Identity"]
    #expect(try Negotiation(fields).body == .json)
    #expect(try Negotiation(fields).coding == .identity)
  }

  @Test(arguments: [("gzip", ContentEncoding.gzip), ("X-GZip", .gzip), ("deflate", .deflate)])
  func `one content coding is undone`(name: String, coding: ContentEncoding) throws {
    let negotiation = try Negotiation(["Content-Type": Self.json, "Content-Encoding": name])
    #expect(negotiation.coding == coding)
    #expect(negotiation.answerCodings == .none)
  }

  @Test(
    arguments: [
      ("*/*", json, MessageEncoding.json), ("*/*", tensors, .safetensors),
      ("application/*", tensors, .safetensors), (tensors, json, .safetensors),
      (json, tensors, .json), ("\(json);q=0.5, \(tensors)", json, .safetensors),
      ("\(json), \(tensors)", tensors, .safetensors), ("text/html, */*;q=0.1", json, .json),
      ("\(tensors);q=0, */*", tensors, .json),
    ]) func `the answer is what the client likes best, its own encoding on a tie`(
      accept: String, type: String, answer: MessageEncoding
    ) throws
  {
    let negotiation = try Negotiation(["Content-Type": type, "Accept": accept])
    #expect(negotiation.answer == answer)
  }

  @Test(arguments: ["text/html", "image/*, text/plain;q=0.5", "\(json);q=0", "*/*;q=0"])
  func `nothing acceptable is 406`(accept: String) {
    let problem = #expect(throws: ServiceProblem.self) {
      try Negotiation(["Content-Type": Self.json, "Accept": accept])
    }
    #expect(problem?.type == .notAcceptable)
  }
}

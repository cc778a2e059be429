import Foundation
import ReferenceModel
import Tensors
import TestSupport
import Testing
import TokenPruning

@testable import PruningService

/// The whole of calibration on a model that really computes: the service plans, prunes, compares and
/// publishes, the reference model encodes images and runs the decoder on what is left of them.
@Suite(.timeLimit(.minutes(15))) struct ReferenceModelLoopTests {
  /// An image, and its tensors as they are sent.
  private struct Subject {
    let sample: ReferenceSample
    let tensors: String
  }

  /// What is left of an image, and how its last tokens come out.
  private struct Run {
    let vectors: [[Float]]
    let rows: Int
    let strategy: NSDictionary?
  }

  private static let questions = 3

  @Test func `a study finds a better strategy for the reference model and publishes it`()
    async throws
  {
    let desk = try StudyDesk()
    let model = ReferenceModel(seed: 1)
    let samples = try model.samples(8, questions: Self.questions, seed: 2)
    let subjects = try samples.map(Self.subject)
    let created = await desk.post(
      "/v1/studies",
      """
      {"name":"s","layers":\(ReferenceModel.layers),"stage_layers":\(ReferenceModel.stageLayers),
       "token_budget":0.1,"seed":4,"model":"reference"}
      """)
    #expect(created.status == 201)
    let names = samples.flatMap { Array(repeating: "\"\($0.name)\"", count: Self.questions) }
    let baseline = await desk.put(
      "/v1/studies/s/baseline",
      "{\"last_token\":\(Self.tensor(samples.flatMap(\.baseline))),\"sample_ids\":[\(names.joined(separator: ","))]}"
    )
    #expect(baseline.status == 200)
    #expect((baseline["baseline"] as? [String: Any])?["samples"] as? Int == 8)

    for _ in 0..<8 { try await evaluate(subjects, with: model, at: desk) }

    let best = await desk.get("/v1/studies/s/best")
    #expect(best["is_default"] as? Bool == false)
    let advantage = try #require(best["advantage"] as? [String: Any])
    #expect((advantage["mean"] as? Double ?? 0) > 0.02)
    // So few samples may not be enough to show it; then it is published only with force.
    let isShown = (advantage["probability_after_selection"] as? Double ?? 0) >= 0.95
    let published = await desk.post("/v1/studies/s:publish", #"{"name":"reference-10"}"#)
    #expect(published.status == (isShown ? 201 : 409), "\(published.document)")
    if !isShown {
      let forced = await desk.post(
        "/v1/studies/s:publish", #"{"name":"reference-10","force":true}"#)
      #expect(forced.status == 201, "\(forced.document)")
    }

    // Pruned by name, the vectors are those that the study measured.
    var similarities: [Double] = []
    for subject in subjects {
      let run = try await prune(subject, by: "\"reference-10\"", with: model, at: desk)
      #expect(run.strategy == best["strategy"] as? NSDictionary)
      similarities += zip(run.vectors, subject.sample.baseline).map(Self.cosine)
    }
    let mean = similarities.reduce(0, +) / Double(similarities.count)
    #expect(abs(mean - (best["value"] as? Double ?? 0)) < 1e-5)
  }

  /// Asks for a trial, prunes every image by its strategy, and tells what the decoder says.
  private func evaluate(
    _ subjects: [Subject], with model: ReferenceModel, at desk: StudyDesk
  ) async throws {
    let asked = await desk.post("/v1/studies/s/trials:ask", #"{"count":1}"#)
    let trial = try #require(asked.list("trials").first)
    let strategy = try JSONSerialization.data(withJSONObject: try #require(trial["strategy"]))
    let text = String(decoding: strategy, as: UTF8.self)
    let plan = await desk.post(
      "/v1/plan", "{\"strategy\":\(text),\"items\":[{\"input_tokens\":576}]}")
    let planned = try #require(plan.list("items").first?["count_max"] as? Int)
    var vectors: [[Float]] = []
    for subject in subjects {
      let run = try await prune(subject, by: text, with: model, at: desk)
      #expect(run.rows <= planned)
      vectors += run.vectors
    }
    let number = try #require(trial["id"] as? Int)
    let told = await desk.post(
      "/v1/studies/s/trials/\(number):tell", "{\"last_token\":\(Self.tensor(vectors))}")
    #expect(told["state"] as? String == "succeeded", "\(told.document)")
  }

  private func prune(
    _ subject: Subject, by strategy: String, with model: ReferenceModel, at desk: StudyDesk
  ) async throws -> Run {
    let answer = await desk.post(
      "/v1/prune", "{\"strategy\":\(strategy),\(subject.tensors)}")
    #expect(answer.status == 200, "\(answer.document)")
    let item = try #require(answer.list("items").first)
    let positions = try #require((item["positions"] as? [String: Any])?["original"] as? [Int])
    var stages: [Int: [Int]] = [:]
    for stage in item["stages"] as? [[String: Any]] ?? [] {
      let layer = try #require(stage["layer"] as? Int)
      stages[layer] = try #require(stage["retained_rows"] as? [Int])
    }
    let text = (item["tokens"] as? [String: Any])?["base64"] as? String
    let rows = try #require(text.flatMap { Data(base64Encoded: $0) })
    let visual = VisualTokens(
      tokens: Self.floats(rows), positions: positions, stages: stages)
    return Run(
      vectors: model.lastTokens(of: subject.sample, seeing: visual), rows: positions.count,
      strategy: answer["strategy"] as? NSDictionary)
  }

  // MARK: Tensors

  private static func subject(_ sample: ReferenceSample) throws -> Subject {
    guard case .attention(let attention) = sample.input.importance else {
      throw CancellationError()
    }
    let tokens = tensor(try #require(sample.input.tokens), [1, 576, ReferenceModel.hidden])
    let entropy = tensor(try #require(sample.input.entropy), [1, 576])
    return Subject(
      sample: sample,
      tensors: """
        "tokens":\(tokens),"entropy":\(entropy),"attention":\(tensor(attention, [1, 576, 576]))
        """)
  }

  private static func tensor(_ rows: [[Float]]) -> String {
    text(Array(rows.joined()), [rows.count, ReferenceModel.hidden])
  }

  private static func tensor(_ tensor: Tensor, _ shape: [Int]) -> String {
    text((0..<tensor.shape.elementCount).map(tensor.float), shape)
  }

  private static func text(_ values: [Float], _ shape: [Int]) -> String {
    // Little-endian, like the machines that this runs on.
    let bytes = unsafe values.withUnsafeBytes { unsafe Data($0) }
    return "{\"dtype\":\"F32\",\"shape\":\(shape),\"base64\":\"\(bytes.base64EncodedString())\"}"
  }

  private static func floats(_ bytes: Data) -> [Float] {
    let bytes = [UInt8](bytes)
    return stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
      return Float(bitPattern: bits)
    }
  }

  private static func cosine(_ left: [Float], _ right: [Float]) -> Double {
    func product(_ left: [Float], _ right: [Float]) -> Double {
      zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    return product(left, right)
      / (product(left, left) * product(right, right)).squareRoot()
  }
}

import Foundation
import HTTPEngine
import Testing

@testable import PruningService

/// What is wrong with a request about a study, and what it is told.
@Suite struct CalibrationFaultTests {
  /// A faulty request and its problem.
  struct Fault: Sendable, CustomTestStringConvertible {
    let target: String
    let body: String
    let type: ProblemType
    let pointer: String?

    var testDescription: String { "\(target) \(body)" }

    init(_ target: String, _ body: String, _ type: ProblemType, _ pointer: String? = nil) {
      self.target = "/v1/studies" + target
      self.body = body
      self.type = type
      self.pointer = pointer
    }
  }

  private static func study(_ members: String) -> String {
    #"{"name":"t","layers":28,"stage_layers":[9,18],"token_budget":0.25,\#(members)}"#
  }

  static let definitions: [Fault] = [
    Fault("", #"{"layers":28,"stage_layers":[9],"token_budget":0.5}"#, .valueOutOfRange, "/name"),
    Fault("", #"{"name":"t","stage_layers":[9],"token_budget":1}"#, .valueOutOfRange, "/layers"),
    Fault("", #"{"name":"t","layers":28,"token_budget":1}"#, .valueOutOfRange, "/stage_layers"),
    Fault("", #"{"name":"t","layers":28,"stage_layers":[]}"#, .valueOutOfRange, "/token_budget"),
    Fault(
      "", #"{"name":"a b","layers":28,"stage_layers":[9],"token_budget":0.5}"#, .valueOutOfRange,
      "/name"),
    Fault(
      "", #"{"name":"t","layers":28,"stage_layers":[9,9],"token_budget":0.5}"#, .valueOutOfRange,
      "/stage_layers/1"),
    Fault(
      "", #"{"name":"t","layers":28,"stage_layers":[9,18],"token_budget":0}"#, .valueOutOfRange,
      "/token_budget"),
    Fault("", study(#""colour":1"#), .valueOutOfRange, "/colour"),
    Fault("", study(#""seed":-1"#), .valueOutOfRange, "/seed"),
    Fault(
      "", study(#""parameters":{"t":{"lower":0,"upper":1}}"#), .valueOutOfRange, "/parameters/t"),
    Fault(
      "", study(#""parameters":{"global_threshold":{"lower":0}}"#), .valueOutOfRange,
      "/parameters/global_threshold/upper"),
    Fault(
      "", study(#""parameters":{"global_threshold":{"lower":2,"upper":1}}"#), .valueOutOfRange,
      "/parameters/global_threshold"),
    Fault(
      "", study(#""parameters":{"retain_ratio_0":{"lower":0.01,"upper":0.02}}"#),
      .budgetInfeasible, "/token_budget"),
    Fault("", study(#""default_strategy":"none""#), .notFound, "/default_strategy"),
    Fault(
      "", study(#""default_strategy":{"stages":[{"layer":0,"retain_ratio":2}]}"#),
      .valueOutOfRange, "/default_strategy"),
    Fault("", "[]", .valueOutOfRange, ""),
    Fault("", "{", .malformedBody),
  ]

  static let tells: [Fault] = [
    Fault("/s/trials/9:tell", #"{"value":1}"#, .trialNotFound),
    Fault("/s/trials/x:tell", #"{"value":1}"#, .trialNotFound),
    Fault("/none/trials/1:tell", #"{"value":1}"#, .studyNotFound),
    Fault("/a%20b/trials/1:tell", #"{"value":1}"#, .studyNotFound),
    Fault("/s/trials/1:tell", "{}", .valueOutOfRange, ""),
    Fault("/s/trials/1:tell", #"{"value":1,"values":[1,1,1,1]}"#, .valueOutOfRange, ""),
    Fault("/s/trials/1:tell", #"{"value":"high"}"#, .valueOutOfRange, "/value"),
    Fault("/s/trials/1:tell", #"{"standard_error":1}"#, .valueOutOfRange, "/standard_error"),
    Fault(
      "/s/trials/1:tell", #"{"value":1,"standard_error":-1}"#, .valueOutOfRange, "/standard_error"),
    Fault("/s/trials/1:tell", #"{"reason":"x"}"#, .valueOutOfRange, "/reason"),
    Fault("/s/trials/1:tell", #"{"infeasible":false}"#, .valueOutOfRange, "/infeasible"),
    Fault("/s/trials/1:tell", #"{"values":[1,1,1]}"#, .shapeMismatch, "/values"),
    Fault("/s/trials/1:tell", #"{"values":[1,"x",1,1]}"#, .valueOutOfRange, "/values/1"),
    Fault("/s/trials/1:tell", #"{"last_token":[[1,0],[0,1]]}"#, .shapeMismatch, "/last_token"),
    Fault("/s/trials/1:tell", #"{"last_token":[[1],[1],[1],[1]]}"#, .shapeMismatch, "/last_token"),
    Fault("/s/trials/1:tell", #"{"last_token":[1,0,0,1]}"#, .shapeMismatch, "/last_token"),
    Fault("/s/trials/1:tell", #"{"last_token":[]}"#, .shapeMismatch, "/last_token"),
    Fault(
      "/s/trials/1:tell",
      #"{"last_token":{"dtype":"I32","shape":[4,2],"data":[1,0,0,1,1,1,1,1]}}"#,
      .unsupportedDType, "/last_token"),
    Fault(
      "/s/trials/1:tell", #"{"values":[1,1,1,1],"sample_ids":["a","b"]}"#, .valueOutOfRange,
      "/sample_ids"),
    Fault("/s/trials/1:tell", #"{"values":[1,1,1,1e101]}"#, .valueOutOfRange, "/values/3"),
    Fault("/s/trials/1:tell", #"{"reported":true}"#, .shapeMismatch, "/rows"),
    Fault("/s/trials/1:report", #"{"values":[1],"rows":[4]}"#, .valueOutOfRange, "/rows/0"),
    Fault("/s/trials/1:report", #"{"values":[1,1],"rows":[2,2]}"#, .valueOutOfRange, "/rows/1"),
    Fault("/s/trials/1:report", #"{"values":[1],"rows":[0.5]}"#, .valueOutOfRange, "/rows"),
    Fault("/s/trials/1:report", #"{"values":[]}"#, .shapeMismatch, "/values"),
    Fault("/s/trials/1:report", "{}", .valueOutOfRange, ""),
  ]

  /// A trial that fits, and another one.
  private static func imported(_ outcome: String, layers: Int = 28, ratio: Double = 0.3) -> String {
    func strategy(_ layers: Int, _ ratio: Double) -> String {
      """
      {"layers":\(layers),"global_threshold":30,"recycling_cell_size":8,"token_budget":0.25,\
      "stages":[{"layer":0,"retain_ratio":\(ratio)},{"layer":9,"retain_ratio":0.8},{"layer":18}]}
      """
    }
    return """
      {"trials":[{"strategy":\(strategy(28, 0.3)),"value":0.5},\
      {"strategy":\(strategy(layers, ratio)),\(outcome)}]}
      """
  }

  static let others: [Fault] = [
    Fault("/s/trials:ask", #"{"count":0}"#, .valueOutOfRange, "/count"),
    Fault("/s/trials:ask", #"{"count":1001}"#, .valueOutOfRange, "/count"),
    Fault("/s/trials:ask", #"{"client_id":""}"#, .valueOutOfRange, "/client_id"),
    Fault("/s/trials:ask", #"{"lease_seconds":0}"#, .valueOutOfRange, "/lease_seconds"),
    Fault("/s/trials:import", "{}", .valueOutOfRange, "/trials"),
    Fault(
      "/s/trials:import", #"{"trials":[{"value":1}]}"#, .valueOutOfRange, "/trials/0/strategy"),
    Fault(
      "/s/trials:import", #"{"trials":[{"strategy":"llava-onevision-7b@0.50","value":1}]}"#,
      .valueOutOfRange),
    Fault(
      "/s/trials:import", imported(#""values":[1,1]"#), .shapeMismatch, "/trials/1/values"),
    Fault(
      "/s/trials:import", imported(#""values":[1,1,1e101,1]"#), .valueOutOfRange,
      "/trials/1/values/2"),
    Fault("/s/trials:import", imported(#""value":1e101"#), .valueOutOfRange, "/trials/1/value"),
    Fault("/s/trials:import", imported(#""reported":true"#), .valueOutOfRange, "/trials/1"),
    Fault(
      "/s/trials:import", imported(#""infeasible":true,"reason":"\n""#), .valueOutOfRange,
      "/trials/1/reason"),
    Fault(
      "/s/trials:import", imported(#""value":1"#, layers: 27), .valueOutOfRange,
      "/trials/1/strategy"),
    Fault(
      "/s/trials:import", imported(#""value":1"#, ratio: 0.9), .budgetInfeasible,
      "/trials/1/strategy/token_budget"),
    Fault("/s:publish", "{}", .valueOutOfRange, "/name"),
    Fault("/s:publish", #"{"name":"a b"}"#, .valueOutOfRange, "/name"),
    Fault(
      "/s:publish", #"{"name":"a","minimum_probability":2}"#, .valueOutOfRange,
      "/minimum_probability"),
    Fault("/s:publish", #"{"name":"a","trial":0}"#, .valueOutOfRange, "/trial"),
  ]

  @Test(arguments: definitions + tells + others)
  func `a fault is told where it is`(fault: Fault) async throws {
    let desk = try await StudyDesk.withStudy()
    _ = try await desk.ask()
    let before = await desk.get("/v1/studies/s:export")
    let answer = await desk.post(fault.target, fault.body)
    #expect(answer.response.isProblem(fault.type), "\(answer.response.text)")
    if let pointer = fault.pointer {
      #expect(answer.list("errors").first?["pointer"] as? String == pointer)
    }
    // Nothing was changed, nothing was lost.
    let after = await desk.get("/v1/studies/s:export")
    #expect(before.document as NSDictionary == after.document as NSDictionary)
  }

  @Test(
    arguments: [
      (#"{"last_token":[[1,0],[0,2],[3,3],[1,1]]}"#, ProblemType.studyImmutable),
      (#"{"last_token":[[1,0]],"sample_ids":[]}"#, .shapeMismatch), ("{}", .valueOutOfRange),
      (#"{"sample_ids":[1]}"#, .valueOutOfRange), (#"{"sample_ids":["",""]}"#, .valueOutOfRange),
      (#"{"last_token":{"dtype":"F32","shape":[1,2],"base64":"AADAfwAAgD8="}}"#, .nonFiniteValue),
    ])
  func `a baseline is told once and is finite`(body: String, type: ProblemType) async throws {
    let desk = try await StudyDesk.withStudy()
    #expect(await desk.put("/v1/studies/s/baseline", StudyDesk.baseline).status == 200)
    let answer = await desk.put("/v1/studies/s/baseline", body)
    #expect(answer.response.isProblem(type), "\(answer.response.text)")
  }

  @Test(
    arguments: [
      (#"{"sample_ids":["a","b",""]}"#, "/sample_ids/2"), (#"{"sample_ids":[]}"#, "/sample_ids"),
      (#"{"last_token":[[1],[1]],"sample_ids":["a"]}"#, "/sample_ids"), ("{}", "/last_token"),
    ])
  func `a faulty baseline is told where it is`(body: String, pointer: String) async throws {
    let desk = try StudyDesk()
    #expect(await desk.post("/v1/studies", StudyDesk.definition).status == 201)
    let answer = await desk.put("/v1/studies/s/baseline", body)
    #expect(answer.list("errors").first?["pointer"] as? String == pointer)
  }

  @Test func `a completed study hands out nothing new, and keeps what it has`() async throws {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    #expect(await desk.post("/v1/studies/s:complete", "").status == 200)
    let asked = await desk.post("/v1/studies/s/trials:ask", #"{"client_id":"late"}"#)
    #expect(asked.response.isProblem(.studyImmutable))
    #expect(await desk.tell(trial, turnedBy: 0.1).status == 200)
    #expect(await desk.get("/v1/studies/s/best")["id"] as? Int == trial)
  }

  @Test func `what is no number is a fault of the body, and NaN in a vector counts as zero`()
    async throws
  {
    let desk = try await StudyDesk.withStudy()
    let trial = try await desk.ask()
    let target = "/v1/studies/s/trials/\(trial):tell"
    for body in [#"{"value":NaN}"#, #"{"value":1e400}"#, #"{"values":[1,NaN,1,1]}"#] {
      let answer = await desk.post(target, body)
      #expect(answer.response.isProblem(.malformedBody), "\(body)")
    }
    for body in [#"{"value":1e200}"#, #"{"values":[1,1e101,1,1]}"#] {
      let answer = await desk.post(target, body)
      #expect(answer.response.isProblem(.valueOutOfRange), "\(body)")
    }
    // Four rows of two, the second with a NaN.
    let told = await desk.post(
      target,
      #"{"last_token":{"dtype":"F32","shape":[4,2],"base64":"AACAPwAAAAAAAMB/AAAAQAAAQEAAAEBAAACAPwAAgL8="}}"#
    )
    #expect(told.status == 200, "\(told.response.text)")
    #expect(told["non_finite"] as? Int == 1)
    #expect(abs((told["value"] as? Double ?? 0) - 0.75) < 1e-6)
  }

  @Test func `a lease that ran out loses no measurement`() async throws {
    let desk = try await StudyDesk.withStudy()
    let first = await desk.post(
      "/v1/studies/s/trials:ask", #"{"client_id":"slow","lease_seconds":1}"#)
    let trial = try #require(first.list("trials").first?["id"] as? Int)
    // Until the lease has run out another client gets new trials.
    var taken: Int?
    for _ in 0..<200 where taken != trial {
      let asked = await desk.post(
        "/v1/studies/s/trials:ask", #"{"client_id":"quick","lease_seconds":60}"#)
      taken = asked.list("trials").first?["id"] as? Int
      if taken != trial {
        _ = await desk.post("/v1/studies/s/trials/\(taken ?? 0):tell", #"{"infeasible":true}"#)
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    #expect(taken == trial)
    // Both bring an outcome: the first one counts, another one is a conflict.
    #expect(await desk.tell(trial, turnedBy: 0.1).status == 200)
    #expect(await desk.tell(trial, turnedBy: 0.1).status == 200)
    let late = await desk.tell(trial, turnedBy: 0.2)
    #expect(late.response.isProblem(.trialAlreadyComplete))
  }

  @Test func `rows need a baseline`() async throws {
    let desk = try StudyDesk()
    _ = await desk.post("/v1/studies", StudyDesk.definition)
    _ = try await desk.ask()
    let answer = await desk.post("/v1/studies/s/trials/1:tell", #"{"values":[1]}"#)
    #expect(answer.response.isProblem(.baselineMissing))
    #expect(await desk.get("/v1/studies/s/best").response.isProblem(.trialNotFound))
  }
}

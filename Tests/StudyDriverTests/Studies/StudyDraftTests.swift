import TensorCoding
import Testing

@testable import StudyDriver

@Suite struct StudyDraftTests {
  private func draft(
    file: String? = nil, layers: Int? = nil, stages: [Int]? = nil, budget: Double? = nil
  ) throws -> StudyDraft {
    try StudyDraft(
      file: file.map { Array($0.utf8) }, name: "s", model: nil, layers: layers,
      stageLayers: stages, tokenBudget: budget, seed: nil)
  }

  private func study(_ text: String) throws -> StudyFacts {
    try #require(JSONValue(Array(text.utf8)).flatMap(StudyFacts.init))
  }

  @Test func `settings are stronger than the file`() throws {
    let draft = try draft(
      file: #"{"name":"other","layers":1,"parameters":{"global_threshold":{"lower":1,"upper":2}}}"#,
      layers: 28, stages: [9, 18], budget: 0.25)
    #expect(
      String(decoding: draft.body, as: UTF8.self) == """
        {"name":"s","layers":28,"stage_layers":[9,18],"token_budget":0.25,\
        "parameters":{"global_threshold":{"lower":1,"upper":2}}}
        """)
  }

  @Test(arguments: ["[]", "1", "x", ""])
  func `a file that is no object is refused`(file: String) {
    #expect(throws: StudyDriverError.self) { try draft(file: file) }
  }

  @Test func `an existing study is compared with what is said`() throws {
    let known = try study(
      """
      {"name":"s","trial_count":1,"layers":28,"stage_layers":[9,18],"token_budget":0.25,"seed":0}
      """)
    try draft().check(known)
    try draft(layers: 28, stages: [9, 18], budget: 0.25).check(known)
    #expect(throws: StudyDriverError.self) { try draft(layers: 27).check(known) }
    #expect(throws: StudyDriverError.self) { try draft(stages: [9]).check(known) }
    #expect(throws: StudyDriverError.self) { try draft(stages: [9, 17]).check(known) }
    #expect(throws: StudyDriverError.self) { try draft(budget: 0.1).check(known) }
    #expect(throws: StudyDriverError.self) { try draft(file: #"{"model":"m"}"#).check(known) }
  }

  @Test func `a publication names strategy and version`() {
    let draft = PublicationDraft(
      name: "m@2", trial: 3, minimumProbability: 0.9, force: true, promote: false)
    #expect(
      String(decoding: draft.body, as: UTF8.self) == """
        {"name":"m","version":"2","trial":3,"minimum_probability":0.9,"force":true,"promote":false}
        """)
    let plain = PublicationDraft(
      name: "m", trial: nil, minimumProbability: nil, force: false, promote: true)
    #expect(
      String(decoding: plain.body, as: UTF8.self)
        == #"{"name":"m","force":false,"promote":true}"#)
  }
}

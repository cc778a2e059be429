import ArgumentParser
import StudyDriver

/// What a study searches, as flags; needed only where there is no such study yet.
struct StudyDefinition: ParsableArguments {
  @Option(help: "The study's name.") var study: String
  @Option(help: "A label of the model, which tells whose studies can be compared.") var model:
    String?
  @Option(help: "The layers of the language model.") var layers: Int?
  @Option(
    help: ArgumentHelp(
      "The layers before which tokens are pruned, beside the first.", valueName: "9,18"))
  var stageLayers: String?
  @Option(help: "The mean share of tokens over all layers that may stay, such as 0.25.")
  var tokenBudget: Double?
  @Option(help: "The seed of everything that is drawn.") var seed: Int?
  @Option(
    help: """
      A JSON file with the body of POST /v1/studies, for bounds and a default strategy; flags are \
      stronger.
      """, completion: .file())
  var definition: String?

  func validate() throws {
    guard stages != nil else {
      throw ValidationError("--stage-layers is a list of numbers such as 9,18")
    }
    guard tokenBudget?.isFinite ?? true else {
      throw ValidationError("--token-budget is a number")
    }
  }

  private var stages: [Int]? {
    guard let stageLayers else { return [] }
    let numbers = stageLayers.split(separator: ",", omittingEmptySubsequences: false)
      .map { Int($0) }
    return numbers.contains(nil) ? nil : numbers.compactMap { $0 }
  }

  /// The study: the one that is there, or a new one.
  func study(_ client: StudyClient) throws -> StudyFacts {
    let draft = try StudyDraft(
      file: try definition.map { try FileContent.read($0) }, name: study, model: model,
      layers: layers, stageLayers: stageLayers == nil ? nil : stages, tokenBudget: tokenBudget,
      seed: seed)
    if let known = try client.study() {
      try draft.check(known)
      return known
    }
    return try client.create(draft.body)
  }
}

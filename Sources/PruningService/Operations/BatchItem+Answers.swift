extension Array {
  /// The items' answers; a faulty item of a partial request answers with its problem.
  ///
  /// What the checkpoint throws ends the whole request, partial or not.
  func answers<Content: RequestedItem>(
    isPartial: Bool, checkpoint: Checkpoint,
    _ answer: (Content) throws(ServiceProblem) -> AnswerObject
  ) throws(ServiceProblem) -> AnswerValue where Element == BatchItem<Content> {
    var answers: [AnswerValue] = []
    answers.reserveCapacity(count)
    for item in self {
      try checkpoint()
      answers.append(.object(try item.answer(isPartial: isPartial, answer)))
    }
    return .list(answers)
  }
}

extension BatchItem {
  fileprivate func answer(
    isPartial: Bool, _ answer: (Content) throws(ServiceProblem) -> AnswerObject
  ) throws(ServiceProblem) -> AnswerObject {
    switch self {
    case .faulty(let id, let problem): return AnswerObject(faulty: id, problem)
    case .ready(let content):
      do throws(ServiceProblem) {
        return try answer(content)
      } catch {
        guard isPartial else { throw error }
        return AnswerObject(faulty: content.id, error)
      }
    }
  }
}

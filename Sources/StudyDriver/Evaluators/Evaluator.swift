/// Runs the model with strategies, for one trial at a time.
protocol Evaluator: Sendable {
  /// Asks for measurements.
  ///
  /// - Parameters:
  ///   - request: What is wanted.
  ///   - patience: How long it may take.
  /// - Returns: What was brought, byte by byte.
  /// - Throws: ``StudyDriverError/Code/evaluationFailed``, ``StudyDriverError/Code/timedOut``,
  ///   ``StudyDriverError/Code/unreachable``, ``StudyDriverError/Code/interrupted``.
  func answer(
    to request: EvaluationRequest, _ patience: Patience
  ) throws(StudyDriverError) -> [UInt8]

  /// Ends what is kept running.
  func end()
}

/// What evaluates strategies, as the user names it.
public enum EvaluatorChoice: Sendable {
  /// A command for `/bin/sh -c`, started for each request or kept running.
  case command(String, environment: [String], keepsRunning: Bool)
  /// A server that requests are posted to.
  case callback(HTTPAddress)

  /// An evaluator for one trial at a time.
  func evaluator() -> any Evaluator {
    switch self {
    case .command(let command, let environment, let keepsRunning):
      CommandEvaluator(command, environment: environment, keepsRunning: keepsRunning)
    case .callback(let address): CallbackEvaluator(exchange: HTTPExchange(address: address))
    }
  }
}

/// Posts requests to a server.
struct CallbackEvaluator: Evaluator {
  let exchange: HTTPExchange

  func answer(
    to request: EvaluationRequest, _ patience: Patience
  ) throws(StudyDriverError) -> [UInt8] {
    let answer = try exchange.answer(
      "POST", "", body: request.encoded, mediaType: Evaluation.json, patience)
    guard answer.status == 200 else {
      throw StudyDriverError(.evaluationFailed, "the callback answered \(answer.status)")
    }
    return answer.body
  }

  func end() {}
}

internal import TokenPruning

/// The answers of `GET /v1/strategies` and `GET /v1/strategies/{name}`.
public enum StrategyListing {
  /// All strategies.
  public static func document(of strategies: [NamedStrategy]) -> AnswerDocument {
    var body = AnswerObject()
    body.append("strategies", .list(strategies.map { .object(object(of: $0)) }))
    return AnswerDocument(body, tellsTiming: false)
  }

  /// One strategy.
  public static func document(of strategy: NamedStrategy) -> AnswerDocument {
    AnswerDocument(object(of: strategy), tellsTiming: false)
  }

  private static func object(of named: NamedStrategy) -> AnswerObject {
    var object = AnswerObject()
    object.append("name", .string(named.name))
    object.append("read_only", .boolean(named.isReadOnly))
    object.append("strategy", .object(AnswerObject(named.strategy)))
    object.append("budget", .number(named.strategy.meanTokenRatio))
    return object
  }
}

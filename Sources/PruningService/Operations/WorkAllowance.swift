import TokenPruning

/// What the items of one request may cost together beyond what their bytes bound.
///
/// A layout of millions of tokens is short to write, and so is a list of stages that each repeat
/// the retained rows. Both are counted over all items, faulty ones included.
struct WorkAllowance {
  private var laidOutTokens = 0
  private var stageRows = 0

  /// Takes a layout's tokens before anything is worked out from it.
  mutating func take(_ layout: TokenLayout, at place: ItemPlace) throws(ServiceProblem) {
    guard laidOutTokens <= MessageLimits.maximumLaidOutTokens else {
      throw .field(
        place.item,
        "comes after \(MessageLimits.maximumLaidOutTokens) tokens, the most that one request has")
    }
    laidOutTokens += layout.statedTokens
  }

  /// Takes the rows that a selection's later stages list.
  mutating func take(_ stages: [RetainedStage], at place: ItemPlace) throws(ServiceProblem) {
    for stage in stages { stageRows += stage.retainedRows.count }
    guard stageRows <= MessageLimits.maximumStageRows else {
      throw .field(
        place.item,
        "makes the rows of all stages more than \(MessageLimits.maximumStageRows), the most that "
          + "one request lists")
    }
  }
}

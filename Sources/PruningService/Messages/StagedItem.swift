internal import TensorCoding
public import TokenPruning

/// An item whose answer has an entry for each stage of its strategy.
public protocol StagedItem: RequestedItem {
  /// The strategy as resolved.
  var strategy: PruningStrategy { get }
}

extension PruneRequest.Item: StagedItem {}
extension PlanRequest.Item: StagedItem {}

extension Array {
  /// Refuses a batch whose answer would be out of proportion: a strategy is written once and
  /// answered for each item.
  func checkStages<Content: StagedItem>() throws(ServiceProblem)
  where Element == BatchItem<Content> {
    var count = 0
    for case .ready(let item) in self { count += item.strategy.stages.count }
    guard count <= MessageLimits.maximumStages else {
      throw .field(
        JSONPointer.root.appending("items"),
        "must not have more than \(MessageLimits.maximumStages) stages together")
    }
  }
}

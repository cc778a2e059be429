internal import TokenPruning

/// Looked at between the phases and items of an operation; throws to end it early.
///
/// Once it has thrown it goes on throwing.
public struct Checkpoint: Sendable {
  private let check: @Sendable () throws(ServiceProblem) -> Void

  /// Wraps a look at deadline and client.
  public init(_ check: @escaping @Sendable () throws(ServiceProblem) -> Void) {
    self.check = check
  }

  /// Throws when the request should not be answered any more.
  public func callAsFunction() throws(ServiceProblem) { try check() }

  /// Whether the checkpoint throws.
  var isInterrupted: Bool {
    do throws(ServiceProblem) {
      try check()
      return false
    } catch { return true }
  }

  /// The same checkpoint, which makes the thread give way to others whenever it is looked at.
  var givingWay: Checkpoint {
    Checkpoint { () throws(ServiceProblem) in
      WorkPools.giveWay()
      try check()
    }
  }

  /// Runs a computation of one item and tells its faults as the item's problems.
  ///
  /// - Parameters:
  ///   - place: The item.
  ///   - compute: The computation, with a pruner that this checkpoint interrupts.
  /// - Returns: What it comes to.
  /// - Throws: What the checkpoint throws if that is why the computation ended.
  func guarding<Result>(
    _ place: ItemPlace, _ compute: () throws(PruningError) -> Result
  ) throws(ServiceProblem) -> Result {
    do throws(PruningError) {
      return try compute()
    } catch {
      if error.code == .interrupted { try check() }
      throw ServiceProblem(error, at: place)
    }
  }
}

extension Pruner {
  /// The same pruner, which gives up when a checkpoint would.
  func interrupted(by checkpoint: Checkpoint) -> Pruner {
    interrupted(when: { checkpoint.isInterrupted })
  }
}

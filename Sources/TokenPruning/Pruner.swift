public import VectorKernels

/// The method, from tensors to retained tokens: importance map, selection, gathering.
public struct Pruner: Sendable {
  /// The numeric kernels; every set gives the same bits.
  public let kernels: KernelSet

  private var checks: TensorChecks {
    TensorChecks(kernels: kernels, isInterrupted: isInterrupted)
  }

  /// Asked between the tiles of an item and during long kernels: whether to give up.
  let isInterrupted: @Sendable () -> Bool

  /// Makes a pruner that computes with `kernels`.
  public init(kernels: KernelSet) {
    self.init(kernels: kernels, isInterrupted: { false })
  }

  private init(kernels: KernelSet, isInterrupted: @escaping @Sendable () -> Bool) {
    self.kernels = kernels
    self.isInterrupted = isInterrupted
  }

  /// The same pruner, but for one that gives up with ``PruningError/Code/interrupted``.
  ///
  /// - Parameter isInterrupted: Asked often; once true it should stay true.
  /// - Returns: A pruner with the same kernels.
  public func interrupted(when isInterrupted: @escaping @Sendable () -> Bool) -> Pruner {
    Pruner(kernels: kernels, isInterrupted: isInterrupted)
  }

  /// Checks all tensors of an item and works out the importance of its tokens.
  ///
  /// Only the strategy's threshold and entropy weight matter here.
  ///
  /// - Parameters:
  ///   - input: The item.
  ///   - strategy: Need not be resolved.
  /// - Returns: The map, with all intermediate results that were needed.
  /// - Throws: ``PruningError`` naming the tensor or setting at fault.
  public func importance(
    of input: PruningInput, strategy: PruningStrategy
  ) throws(PruningError) -> ImportanceMap {
    try importance(of: input, strategy: strategy, scansTokens: true)
  }

  private func importance(
    of input: PruningInput, strategy: PruningStrategy, scansTokens: Bool
  ) throws(PruningError) -> ImportanceMap {
    try strategy.checkScalars()
    let geometry = try TokenGeometry(input.layout)
    _ = try TokenTensors(input, geometry, checks, scans: scansTokens)
    return try ImportanceCalculation(
      input: input, strategy: strategy, geometry: geometry, checks: checks,
      isInterrupted: isInterrupted
    ).map()
  }

  /// Selects the tokens of an item for every stage.
  ///
  /// - Parameters:
  ///   - input: The item.
  ///   - strategy: Resolved here if it is not yet.
  /// - Returns: What remains; ``gather(_:from:into:)`` moves the features.
  /// - Throws: ``PruningError`` naming the tensor or setting at fault.
  public func select(
    _ input: PruningInput, strategy: PruningStrategy
  ) throws(PruningError) -> Selection {
    let strategy = try strategy.resolved()
    return try select(from: importance(of: input, strategy: strategy), strategy: strategy)
  }

  /// Selects the tokens of an item and leaves their values to ``gather(_:from:into:)``.
  ///
  /// Tokens are then read once and not twice: what is gathered is looked at while it is. Only items
  /// for which ``looksWhileGathering(_:)`` is true may be selected so, and whoever does not gather
  /// must call ``requireFiniteTokens(of:)``.
  ///
  /// - Parameters:
  ///   - input: The item.
  ///   - strategy: Resolved here if it is not yet.
  /// - Returns: What remains.
  /// - Throws: ``PruningError`` naming the tensor or setting at fault; a value of the tokens that is
  ///   not finite comes before faults of other tensors, as in ``select(_:strategy:)``.
  public func selectUnseen(
    _ input: PruningInput, strategy: PruningStrategy
  ) throws(PruningError) -> Selection {
    precondition(
      looksWhileGathering(input), "only whole rows are looked at while they are gathered")
    do throws(PruningError) {
      let strategy = try strategy.resolved()
      return try select(
        from: importance(of: input, strategy: strategy, scansTokens: false), strategy: strategy)
    } catch {
      // The slow way tells the first fault.
      guard error.code != .interrupted else { throw error }
      _ = try select(input, strategy: strategy)
      throw error
    }
  }

  /// Whether gathering touches whole rows of the item's tokens only, and each once.
  ///
  /// - Parameter input: The item.
  /// - Returns: False without tokens, and for tiles and frames, whose rows may be mixed or cut off.
  public func looksWhileGathering(_ input: PruningInput) -> Bool {
    guard input.tokens != nil else { return false }
    return switch input.layout {
    case .grid, .sequence: true
    case .anyres, .frames: false
    }
  }

  /// Looks at every element of an item's tokens.
  ///
  /// - Parameter input: The item.
  /// - Throws: ``PruningError/Code/nonFiniteValue`` with the index of the first that is not finite,
  ///   ``PruningError/Code/interrupted``.
  public func requireFiniteTokens(of input: PruningInput) throws(PruningError) {
    guard let tokens = input.tokens else { return }
    try checks.requireFinite(tokens, .tokens)
  }

  /// Selects the tokens of an item whose importance is known.
  ///
  /// - Parameters:
  ///   - map: The importance of the item's tokens.
  ///   - strategy: Resolved here if it is not yet.
  /// - Returns: What remains in every stage.
  /// - Throws: ``PruningError`` naming the setting at fault.
  /// - Complexity: O(*L*) time and memory.
  public func select(
    from map: ImportanceMap, strategy: PruningStrategy
  ) throws(PruningError) -> Selection {
    try TokenSelector(map: map, strategy: strategy.resolved()).selection()
  }
}

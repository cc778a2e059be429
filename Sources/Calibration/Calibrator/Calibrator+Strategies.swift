internal import Locking
public import TokenPruning

extension Calibrator {
  /// The strategy that a name stands for: `name@version`, or `name` for the promoted version.
  ///
  /// It reads memory only, so prune traffic can ask at any rate.
  public func strategy(named name: String) -> ResolvedStrategy? {
    catalogue.strategy(named: name)
  }

  /// Takes up what other processes have written to a shared store; call it about once a second.
  public func refreshStrategies() throws(CalibrationError) {
    try cataloguing.withLock { _ throws(CalibrationError) in
      catalogue.replaceAll(with: try store.strategies())
    }
  }

  /// All versions of all strategies: those that come with the service, then the rest by name.
  public func strategies() throws(CalibrationError) -> [ResolvedStrategy] {
    StrategyCatalogue.builtIn + (try store.strategies().flatMap(\.resolvedVersions))
  }

  /// All versions of one strategy, oldest first, and which of them were promoted, the current one
  /// last.
  public func strategyEntry(_ name: String) throws(CalibrationError) -> StrategyEntry {
    guard ResourceNames.isName(name), let entry = try store.strategy(named: name),
      !entry.isDeleted
    else { throw .strategyNotFound }
    return entry
  }

  /// Writes a version of a strategy.
  ///
  /// With a version in the name it adds just that version, which becomes the promoted one if it is
  /// the first; writing the same content again changes nothing. With a bare name it adds the next
  /// number as version and promotes it.
  ///
  /// - Parameters:
  ///   - id: The name, perhaps with a version.
  ///   - strategy: Resolved here.
  ///   - precondition: What the client knows about the strategy of that very name.
  /// - Returns: The version.
  /// - Throws: ``CalibrationError/Code/strategyReadOnly``,
  ///   ``CalibrationError/Code/strategyVersionExists``,
  ///   ``CalibrationError/Code/preconditionFailed``, ``CalibrationError/Code/invalidStrategy``,
  ///   ``CalibrationError/Code/limitReached``, or a fault of the store.
  @discardableResult
  public func putStrategy(
    _ id: StrategyID, _ strategy: PruningStrategy, if precondition: EntityPrecondition = .none
  ) throws(CalibrationError) -> ResolvedStrategy {
    let resolved: PruningStrategy
    do { resolved = try strategy.resolved() } catch { throw .strategy(error) }
    return try write(
      StrategyDraft(
        id: id, strategy: resolved, provenance: nil, promotes: id.version == nil),
      if: precondition)
  }

  /// Lets the bare name stand for a version.
  ///
  /// - Parameters:
  ///   - id: The name with the version.
  ///   - precondition: What the client knows about the strategy of the bare name.
  /// - Returns: The version, promoted.
  /// - Throws: ``CalibrationError/Code/strategyNotFound``,
  ///   ``CalibrationError/Code/strategyReadOnly``, ``CalibrationError/Code/preconditionFailed``,
  ///   ``CalibrationError/Code/missingValue``, or a fault of the store.
  @discardableResult
  public func promoteStrategy(
    _ id: StrategyID, if precondition: EntityPrecondition = .none
  ) throws(CalibrationError) -> ResolvedStrategy {
    guard let version = id.version else {
      throw CalibrationError(.missingValue, "a version is needed", field: .version)
    }
    return try changing(id.name, bare: precondition) { (entry) throws(CalibrationError) in
      guard entry.version(version) != nil else { throw .strategyNotFound }
      entry.promote(version)
      return version
    }
  }

  /// Lets the bare name stand for the version before the current one again.
  ///
  /// - Parameters:
  ///   - name: The name without a version.
  ///   - precondition: What the client knows about the strategy of the bare name.
  /// - Returns: The version that is current now.
  /// - Throws: ``CalibrationError/Code/nothingToRollBack``, or as ``promoteStrategy(_:if:)``.
  @discardableResult
  public func rollBackStrategy(
    _ name: String, if precondition: EntityPrecondition = .none
  ) throws(CalibrationError) -> ResolvedStrategy {
    guard ResourceNames.isName(name) else { throw ResourceNames.broken(.name) }
    return try changing(name, bare: precondition) { (entry) throws(CalibrationError) in
      guard entry.promotions.count > 1 else {
        throw CalibrationError(.nothingToRollBack, "no version was promoted before this one")
      }
      entry.promotions.removeLast()
      return entry.promotions[entry.promotions.count - 1]
    }
  }

  /// Deletes a version, or with a bare name all of them.
  ///
  /// - Parameters:
  ///   - id: The name, perhaps with a version; the promoted version goes only with all others.
  ///   - precondition: What the client knows about the strategy of that very name.
  /// - Throws: ``CalibrationError/Code/strategyNotFound``,
  ///   ``CalibrationError/Code/strategyReadOnly``,
  ///   ``CalibrationError/Code/strategyVersionInUse``,
  ///   ``CalibrationError/Code/preconditionFailed``, or a fault of the store.
  public func deleteStrategy(
    _ id: StrategyID, if precondition: EntityPrecondition = .none
  ) throws(CalibrationError) {
    try checkWritable(id.name)
    try retrying { () throws(CalibrationError) -> Void? in
      guard var entry = try store.strategy(named: id.name), !entry.isDeleted else {
        try precondition.check(nil)
        throw .strategyNotFound
      }
      let target = entry.resolved(id.version)
      try precondition.check(target)
      guard let version = id.version, entry.versions.count > 1 else {
        guard target != nil || id.version == nil else { throw .strategyNotFound }
        entry.removeAll()
        return try save(entry).map { _ in () }
      }
      try entry.remove(version)
      return try save(entry).map { _ in () }
    }
  }

  // MARK: Writing

  func checkWritable(_ name: String) throws(CalibrationError) {
    guard !StrategyCatalogue.isReserved(name) else {
      throw CalibrationError(
        .strategyReadOnly, "the name belongs to strategies that come with the service",
        field: .name)
    }
  }

  func write(
    _ draft: StrategyDraft, if precondition: EntityPrecondition
  ) throws(CalibrationError) -> ResolvedStrategy {
    try checkWritable(draft.id.name)
    return try retrying { () throws(CalibrationError) in
      let known = try store.strategy(named: draft.id.name)
      try precondition.check(known?.resolved(draft.id.version))
      if let version = draft.id.version, let twin = known?.version(version) {
        guard twin.strategy == draft.strategy, twin.provenance == draft.provenance else {
          throw CalibrationError(
            .strategyVersionExists, "the version exists with other content", field: .version)
        }
        return known?.resolved(version)
      }
      if known?.isDeleted ?? true { try makeRoom(isNew: known == nil) }
      var entry = known ?? StrategyEntry(name: draft.id.name)
      guard entry.versions.count < limits.versions else {
        throw CalibrationError(.limitReached, "the strategy has as many versions as it may")
      }
      let version = entry.add(draft, at: now)
      return try save(entry)?.resolved(version)
    }
  }

  private func changing(
    _ name: String, bare precondition: EntityPrecondition,
    _ change: (inout StrategyEntry) throws(CalibrationError) -> String
  ) throws(CalibrationError) -> ResolvedStrategy {
    try checkWritable(name)
    return try retrying { () throws(CalibrationError) in
      guard var entry = try store.strategy(named: name), !entry.isDeleted else {
        throw .strategyNotFound
      }
      try precondition.check(entry.resolved(nil))
      let version = try change(&entry)
      return try save(entry)?.resolved(version)
    }
  }

  private func save(_ entry: StrategyEntry) throws(CalibrationError) -> StrategyEntry? {
    try cataloguing.withLock { _ throws(CalibrationError) in
      guard try store.put(entry) else { return nil }
      catalogue.update(to: entry)
      return entry
    }
  }

  /// Checks that the store takes another name; of names that were deleted it remembers as many.
  private func makeRoom(isNew: Bool) throws(CalibrationError) {
    let entries = try store.strategies()
    guard entries.count(where: { !$0.isDeleted }) < limits.strategies else {
      throw CalibrationError(.limitReached, "the store holds as many strategies as it may")
    }
    if isNew, entries.count >= 2 * limits.strategies,
      let forgotten = entries.first(where: \.isDeleted)
    {
      _ = try store.delete(forgotten)
    }
  }
}

internal import TokenPruning

extension DocumentWriter {
  mutating func put(strategy: PruningStrategy) {
    put("global_threshold", strategy.globalThreshold)
    put("entropy_weight", strategy.entropyWeight)
    put("recycling", strategy.recycling.rawValue)
    put("recycling_cell_size", strategy.recyclingCellSize)
    put("layers", strategy.layers)
    put("stages", each: strategy.stages) { document, stage in
      document.put("layer", stage.layer)
      document.put("retain_ratio", stage.retainRatio)
    }
    put("token_budget", strategy.tokenBudget)
    put("count", strategy.count.rawValue)
  }

  mutating func put(provenance: StrategyProvenance) {
    put("study", provenance.study)
    put("trial", provenance.trial)
    put("model", provenance.model)
    put("objective", provenance.objective)
    put("data_digest", provenance.dataDigest)
    put("samples", provenance.samples)
    put("seed", String(provenance.seed))
    put("layers", provenance.layers)
    put("token_budget", provenance.tokenBudget)
    put("trials", provenance.trials)
    put("value", provenance.value)
    put("standard_error", provenance.standardError)
    if let advantage = provenance.advantage {
      put("advantage") { $0.put(advantage: advantage) }
    }
    put("forced", provenance.isForced)
  }

  private mutating func put(advantage: PairedAdvantage) {
    put("mean", advantage.mean)
    put("standard_error", advantage.standardError)
    put("samples", advantage.samples)
    put("probability", advantage.probability)
    put("probability_after_selection", advantage.probabilityAfterSelection)
    put("trials", advantage.trials)
  }

  mutating func put(version: StrategyVersion) {
    put("version", version.version)
    put("created_at", version.createdAt)
    put("strategy") { $0.put(strategy: version.strategy) }
    if let provenance = version.provenance {
      put("provenance") { $0.put(provenance: provenance) }
    }
  }
}

extension StrategyVersion {
  /// The canonical bytes of the version.
  var encoded: [UInt8] { DocumentWriter.bytes { $0.put(version: self) } }
}

extension StrategyEntry {
  var document: String {
    DocumentWriter.text {
      $0.put("next_number", nextNumber)
      $0.put("promotions", texts: promotions)
      $0.put("versions", each: versions) { $0.put(version: $1) }
    }
  }

  init(name: String, revision: Int, document: String) throws(CalibrationError) {
    let reader = try DocumentReader(document)
    self.init(name: name)
    self.revision = revision
    nextNumber = try reader.integer("next_number")
    promotions = try reader.textsIfPresent("promotions") ?? []
    versions = try reader.documents("versions").map { (version) throws(CalibrationError) in
      try StrategyVersion(version)
    }
  }
}

extension StrategyVersion {
  fileprivate init(_ reader: DocumentReader) throws(CalibrationError) {
    version = try reader.text("version")
    createdAt = try reader.moment("created_at")
    strategy = try PruningStrategy(reader.document("strategy"))
    provenance = try reader.objectIfPresent("provenance").map {
      (value)
        throws(CalibrationError) in
      try StrategyProvenance(value)
    }
  }
}

extension PruningStrategy {
  init(_ reader: DocumentReader) throws(CalibrationError) {
    let stages = try reader.documents("stages").map { (stage) throws(CalibrationError) in
      PruningStage(
        layer: try stage.integer("layer"), retainRatio: try stage.numberIfPresent("retain_ratio"))
    }
    self.init(
      globalThreshold: try reader.numberIfPresent("global_threshold"),
      entropyWeight: try reader.number("entropy_weight"), recycling: try reader.word("recycling"),
      recyclingCellSize: try reader.numberIfPresent("recycling_cell_size"),
      layers: try reader.integer("layers"), stages: stages,
      tokenBudget: try reader.numberIfPresent("token_budget"), count: try reader.word("count"))
  }
}

extension StrategyProvenance {
  fileprivate init(_ reader: DocumentReader) throws(CalibrationError) {
    study = try reader.text("study")
    trial = try reader.integer("trial")
    model = try reader.textIfPresent("model")
    objective = try reader.text("objective")
    dataDigest = try reader.textIfPresent("data_digest")
    samples = try reader.integerIfPresent("samples")
    seed = try reader.seed("seed")
    layers = try reader.integer("layers")
    tokenBudget = try reader.number("token_budget")
    trials = try reader.integer("trials")
    value = try reader.number("value")
    standardError = try reader.numberIfPresent("standard_error")
    advantage = try reader.objectIfPresent("advantage").map {
      (value)
        throws(CalibrationError) in
      try PairedAdvantage(value)
    }
    isForced = try reader.flag("forced")
  }
}

extension PairedAdvantage {
  fileprivate init(_ reader: DocumentReader) throws(CalibrationError) {
    mean = try reader.number("mean")
    standardError = try reader.numberIfPresent("standard_error")
    samples = try reader.integer("samples")
    probability = try reader.numberIfPresent("probability")
    probabilityAfterSelection = try reader.numberIfPresent("probability_after_selection")
    trials = try reader.integer("trials")
  }
}

extension DocumentReader {
  /// 64 bits, which JSON's integers cannot hold everywhere.
  func seed(_ key: String) throws(CalibrationError) -> UInt64 {
    guard let seed = UInt64(try text(key)) else { throw Self.unreadable }
    return seed
  }
}

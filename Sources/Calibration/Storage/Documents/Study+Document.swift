internal import TokenPruning

extension Study {
  /// What never changes.
  var specificationDocument: String {
    DocumentWriter.text { document in
      document.put("created_at", createdAt)
      document.put("model", specification.model)
      document.put("seed", String(specification.seed))
      document.put("shape") { $0.put(shape: specification.shape) }
      let bounds = specification.parameters.sorted { $0.key < $1.key }
      document.put("parameters", each: bounds) { $0.put(bounds: $1.value, of: $1.key) }
      if let strategy = specification.defaultStrategy {
        document.put("default_strategy") { $0.put(strategy: strategy) }
      }
    }
  }

  /// The calibration set; nil before there is one.
  var calibrationSetDocument: String? {
    calibrationSet.map { set in
      DocumentWriter.text {
        $0.put("rows", set.rows)
        $0.put("hidden", set.hidden)
        $0.put("sample_ids", texts: set.sampleIDs)
        $0.put("digest", set.digest)
      }
    }
  }
}

/// A study as a row of a table.
struct StoredStudy {
  var serial: Int64
  var name: String
  var revision: Int
  var state: String
  var trialCount: Int
  var specification: String
  var calibrationSet: String?

  func study() throws(CalibrationError) -> Study {
    guard let state = Study.State(rawValue: state) else { throw DocumentReader.unreadable }
    let reader = try DocumentReader(specification)
    return Study(
      id: try StudyID(name), specification: try StudySpecification(reader),
      createdAt: try reader.moment("created_at"), state: state, trialCount: trialCount,
      calibrationSet: try calibrationSet.map { (text) throws(CalibrationError) in
        try CalibrationSet(DocumentReader(text))
      }, serial: serial, revision: revision)
  }
}

extension DocumentWriter {
  fileprivate mutating func put(shape: StrategyShape) {
    put("layers", shape.layers)
    put("stage_layers", integers: shape.stageLayers)
    put("token_budget", shape.tokenBudget)
    put("recycling", shape.recycling.rawValue)
    put("count", shape.count.rawValue)
  }

  fileprivate mutating func put(bounds: ParameterBounds, of name: ParameterName) {
    put("name", name.description)
    put("lower", bounds.lower)
    put("upper", bounds.upper)
    put("scale", bounds.scale.rawValue)
    put("integer", bounds.isInteger)
  }
}

extension StudySpecification {
  fileprivate init(_ reader: DocumentReader) throws(CalibrationError) {
    var parameters: [ParameterName: ParameterBounds] = [:]
    for bounds in try reader.documents("parameters") {
      guard let name = ParameterName(try bounds.text("name")) else {
        throw DocumentReader.unreadable
      }
      parameters[name] = ParameterBounds(
        try bounds.number("lower"), try bounds.number("upper"), scale: try bounds.word("scale"),
        isInteger: try bounds.flag("integer"))
    }
    self.init(
      model: try reader.textIfPresent("model"),
      shape: try StrategyShape(reader.document("shape")), seed: try reader.seed("seed"),
      parameters: parameters,
      defaultStrategy: try reader.objectIfPresent("default_strategy").map {
        (strategy)
          throws(CalibrationError) in
        try PruningStrategy(strategy)
      })
  }
}

extension StrategyShape {
  fileprivate init(_ reader: DocumentReader) throws(CalibrationError) {
    self.init(
      layers: try reader.integer("layers"), stageLayers: try reader.integers("stage_layers"),
      tokenBudget: try reader.number("token_budget"), recycling: try reader.word("recycling"),
      count: try reader.word("count"))
  }
}

extension CalibrationSet {
  fileprivate init(_ reader: DocumentReader) throws(CalibrationError) {
    self.init(
      rows: try reader.integer("rows"), hidden: try reader.integerIfPresent("hidden"),
      sampleIDs: try reader.textsIfPresent("sample_ids"), digest: try reader.text("digest"))
  }
}

import Tensors
import VectorKernels

/// Works out the importance map of one item.
struct ImportanceCalculation {
  let input: PruningInput
  let strategy: PruningStrategy
  let geometry: TokenGeometry
  let checks: TensorChecks
  let isInterrupted: @Sendable () -> Bool

  private var kernels: KernelSet { checks.kernels }
  private var leading: [Int?] { geometry.tiles.map { [$0] } ?? [] }
  private var perTile: Int { geometry.tokensPerTile }

  func map() throws(PruningError) -> ImportanceMap {
    if case .importance = input.importance, strategy.entropyWeight != 0 {
      throw .outOfRange(.entropyWeight, "must be 0 where a finished importance is given")
    }
    let entropy = try entropy()
    var context = try contextOfSource()
    if strategy.entropyWeight != 0, let entropy { try add(entropy, to: &context.values) }
    return ImportanceMap(
      merged: geometry.merged(context.values), receivedAttention: context.received,
      globalMask: context.mask, entropy: entropy, noGlobalTiles: context.noGlobalTiles,
      source: input.importance.name, tiles: geometry.tiles, tokensPerTile: perTile,
      geometry: geometry, clsTokens: geometry.clsTokens)
  }

  // MARK: Context

  /// Context relevance of all tiles, without [CLS].
  private struct Context {
    var values: [Float] = []
    var received: [Float]?
    var mask: [UInt8]?
    var noGlobalTiles: [Int32] = []

    /// The rows of global tokens are summed apart, so one mean may overflow without the other.
    var isFinite: Bool {
      values.isFinite && received?.isFinite ?? true
    }
  }

  private func contextOfSource() throws(PruningError) -> Context {
    switch input.importance {
    case .importance(let tensor):
      return Context(values: try tokenValues(tensor, .importance))
    case .receivedAttention(let tensor):
      let values = try tokenValues(tensor, .receivedAttention)
      return Context(values: values, received: values)
    case .attention(let tensor):
      return try contextOfAttention(tensor)
    case .queryKey(let query, let key):
      return try contextOfQueryKey(query, key)
    }
  }

  private func tokenValues(_ tensor: Tensor, _ name: TensorName) throws(PruningError) -> [Float] {
    _ = try TensorChecks.elementType(tensor, name)
    try TensorChecks.requireShape(
      tensor, name, leading + [perTile], "one value per token is needed")
    return try checks.finiteValues(tensor, name)
  }

  private func contextOfAttention(_ tensor: Tensor) throws(PruningError) -> Context {
    let type = try TensorChecks.elementType(tensor, .attention)
    let rows = perTile + geometry.clsTokens
    let isHeadMean = tensor.shape.rank == leading.count + 2
    try TensorChecks.requireShape(
      tensor, .attention, leading + (isHeadMean ? [rows, rows] : [nil, rows, rows]),
      "attention must be square over all tokens and [CLS]")
    let heads = isHeadMean ? 1 : tensor.shape[leading.count]
    let context = try relevance(type: type) { tile in
      .matrix(geometry.tiles == nil ? tensor : tensor[tile], heads: heads)
    }
    guard context.isFinite else {
      try checks.requireFinite(tensor, .attention)
      throw PruningError(
        .nonFiniteValue, tensor: .attention, rule: "the sum of a column must not overflow")
    }
    return context
  }

  private func contextOfQueryKey(_ query: Tensor, _ key: Tensor) throws(PruningError) -> Context {
    let type = try TensorChecks.elementType(query, .query)
    _ = try TensorChecks.elementType(key, .key)
    let rows = perTile + geometry.clsTokens
    try TensorChecks.requireShape(
      query, .query, leading + [nil, rows, nil], "query is [heads, tokens and [CLS], size]")
    try TensorChecks.requireShape(
      key, .key, query.shape.dimensions.map { $0 }, "key has the shape of query")
    guard key.dtype == query.dtype else {
      throw PruningError(
        .unsupportedDType, tensor: .key, supported: [query.dtype],
        rule: "key has the dtype of query")
    }
    let (heads, size) = (query.shape[leading.count], query.shape[leading.count + 2])
    try AttentionWork.check(tiles: geometry.tileCount, heads: heads, rows: rows, size: size)
    try checks.requireFinite(query, .query)
    try checks.requireFinite(key, .key)
    let context = try relevance(type: type) { tile in
      geometry.tiles == nil
        ? .queryKey(query, key, heads: heads, size: size)
        : .queryKey(query[tile], key[tile], heads: heads, size: size)
    }
    guard context.isFinite else {
      throw PruningError(
        .nonFiniteValue, tensor: .query, rule: "products with key must not overflow")
    }
    return context
  }

  private func relevance(
    type: ElementType, attention: (Int) -> TileAttention
  ) throws(PruningError) -> Context {
    guard let threshold = strategy.globalThreshold else {
      throw .missing(.globalThreshold, "needed to find global tokens in attention")
    }
    let cls = geometry.clsTokens
    var context = Context()
    var received: [Float] = []
    var mask: [UInt8] = []
    for tile in 0..<geometry.tileCount {
      guard !isInterrupted() else { throw .interrupted }
      let relevance = try ContextRelevance(
        attention(tile), type: type, rows: perTile + cls, threshold: threshold, kernels: kernels,
        isInterrupted: isInterrupted)
      relevance.relevance.append(from: cls, to: &context.values)
      relevance.received.append(from: cls, to: &received)
      relevance.mask.append(from: cls, to: &mask)
      if !relevance.hasGlobalTokens { context.noGlobalTiles.append(Int32(tile)) }
      // A column of [CLS] is dropped above, but what is wrong with it must still be seen.
      if cls > 0, let bad = relevance.received.first(where: { !$0.isFinite }) { received[0] = bad }
    }
    context.received = received
    context.mask = mask
    return context
  }

  // MARK: Entropy

  /// The patch entropy that was given, or that is needed or asked for.
  private func entropy() throws(PruningError) -> [Float]? {
    switch (input.entropy, input.pixels) {
    case (.some, .some):
      throw PruningError(
        .conflictingTensors, tensor: .pixels, otherTensor: .entropy,
        rule: "entropy and pixels exclude each other")
    case (let tensor?, nil):
      return try tokenValues(tensor, .entropy)
    case (nil, let pixels?):
      let grid = try PixelGrid(
        pixels, tiles: geometry.tiles, rows: geometry.tileRows, columns: geometry.tileColumns,
        patchPixels: input.patchPixels)
      guard strategy.entropyWeight != 0 || input.reportsEntropy else { return nil }
      return grid.entropy(
        rows: geometry.tileRows, columns: geometry.tileColumns, kernels: kernels)
    case (nil, nil):
      guard strategy.entropyWeight == 0 else {
        throw PruningError(
          .missingTensor, tensor: .entropy,
          rule: "entropy or pixels are needed where entropy_weight is not 0")
      }
      return nil
    }
  }

  /// Adds `weight * softmax(entropy)`, tile by tile (`docs/algorithm.md`, equation 5).
  private func add(_ entropy: [Float], to values: inout [Float]) throws(PruningError) {
    let weight = Float(strategy.entropyWeight)
    var shares = [Float](repeating: 0, count: entropy.count)
    var span = shares.mutableSpan
    for tile in 0..<geometry.tileCount {
      let range = tile * perTile..<(tile + 1) * perTile
      var part = span._mutatingExtracting(range)
      kernels.softmax(entropy.span.extracting(range), into: &part)
    }
    for index in values.indices { values[index] += weight * shares[index] }
    guard values.allSatisfy(\.isFinite) else {
      throw .outOfRange(.entropyWeight, "makes importance overflow")
    }
  }
}

extension Array {
  /// Adds the elements from `start` on to `list`, which they become where that costs nothing.
  fileprivate func append(from start: Int, to list: inout [Element]) {
    if start == 0, list.isEmpty { list = self } else { list += self[start...] }
  }
}

extension [Float] {
  /// Whether every value is finite, in one pass without branches.
  fileprivate var isFinite: Bool {
    var largest: UInt32 = 0
    for value in self { largest = Swift.max(largest, value.magnitude.bitPattern) }
    return largest < Float.infinity.bitPattern
  }
}

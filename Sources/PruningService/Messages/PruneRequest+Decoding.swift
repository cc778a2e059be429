internal import TensorCoding
public import Tensors
internal import TokenPruning

extension TensorName {
  /// The tensors that an item to prune may have.
  static let ofItem: [TensorName] = allCases.filter { $0 != .full && $0 != .pruned }
}

extension PruneRequest {
  /// Reads a request from either encoding.
  ///
  /// - Parameters:
  ///   - body: All bytes of the body; tensors of a safetensors body stay views of it.
  ///   - encoding: What the bytes are.
  ///   - strategies: Where named strategies are found.
  ///   - limits: Bounds on what is read.
  ///   - memory: What tensors may be references to.
  /// - Throws: 400 for bytes that are not what they claim, 404 for an unknown strategy, 422 for
  ///   anything that is well-formed but wrong.
  public init(
    _ body: TensorStorage, as encoding: MessageEncoding, strategies: any StrategyResolver,
    limits: MessageLimits, memory: ReferencedMemory? = nil
  ) throws(ServiceProblem) {
    var body = try RequestBody(
      body, as: encoding, names: TensorName.ofItem, limits: limits.coding, memory: memory)
    let batch = try RequestBatch(&body, names: TensorName.ofItem, limits: limits)
    output = try body.fields.outputMemory(body.memory)
    let settings = try RequestSettings(&body.fields, strategies: strategies)
    let strategy = try settings.strategy?.resolved(at: .defaults)
    items = try batch.map(isPartial: settings.isPartial) { (raw) throws(ServiceProblem) in
      try Item(
        raw, settings: settings, strategy: strategy, strategies: strategies, limits: limits)
    }
    try items.checkStages()
    if let output { try memory?.requireApart(output) }
    self.strategy = strategy
    returned = settings.returned
    model = settings.model
    isPartial = settings.isPartial
    tellsTiming = settings.tellsTiming
  }
}

extension FieldReader {
  /// The `output_shared_memory`; unknown like any other field where memory is not shared.
  fileprivate mutating func outputMemory(
    _ memory: ReferencedMemory?
  ) throws(ServiceProblem) -> OutputMemory? {
    let key = "output_shared_memory"
    guard let memory, let value = value(key) else { return nil }
    return try memory.output(value, at: pointer.appending(key))
  }
}

extension PruneRequest.Item {
  /// Reads one item; `strategy` is the request's default as resolved.
  fileprivate init(
    _ raw: RequestItem, settings: RequestSettings, strategy: PruningStrategy?,
    strategies: any StrategyResolver, limits: MessageLimits
  ) throws(ServiceProblem) {
    var fields = raw.fields
    let own = try ItemSettings(&fields, defaults: settings, strategies: strategies)
    try fields.finish()
    self.strategy = try own.resolvedStrategy(default: strategy)
    let tensors = try raw.tensors(limits: limits.coding)
    input = try PruningInput(
      tensors, settings: own, reportsEntropy: settings.returned.contains(.importance))
    id = own.id
    hasOwnStrategy = own.hasOwnStrategy
    textTokens = own.textTokens
    hasBase64Tokens = raw.hasBase64Tokens
    place = own.place
  }
}

extension RequestBatch {
  /// Reads every item; in a partial request a faulty one keeps its problem to itself.
  ///
  /// A fault of the bytes is never one item's own: the body as a whole is not what it claims.
  func map<Content: RequestedItem>(
    isPartial: Bool, _ read: (RequestItem) throws(ServiceProblem) -> Content
  ) throws(ServiceProblem) -> [BatchItem<Content>] {
    var contents: [BatchItem<Content>] = []
    for item in items {
      do throws(ServiceProblem) {
        if let fault = item.fault { throw fault }
        contents.append(.ready(try read(item)))
      } catch {
        guard isPartial, error.type != .malformedBody else { throw error }
        contents.append(.faulty(id: item.id, error))
      }
    }
    return contents
  }
}

extension RequestItem {
  /// The item's name, if it can be told even though the item is faulty.
  fileprivate var id: String? {
    var fields = fields
    return (try? fields.string("id")) ?? nil
  }
}

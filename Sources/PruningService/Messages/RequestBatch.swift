internal import TensorCoding
internal import TokenPruning

/// The items of a request, whether they came with a batch axis or one by one.
struct RequestBatch {
  /// At least one item.
  let items: [RequestItem]

  /// Divides a body into items.
  ///
  /// - Parameters:
  ///   - body: The body; its `items` field is read.
  ///   - names: The tensors that the route knows.
  ///   - limits: Bounds on the number of items.
  /// - Throws: 422 where the two ways to batch are mixed or do not fit together.
  init(
    _ body: inout RequestBody, names: [TensorName], limits: MessageLimits
  ) throws(ServiceProblem) {
    let settings = try body.fields.array("items")
    items =
      if body.shared.isEmpty {
        try Self.ragged(body, settings: settings, names: names, limits: limits)
      } else {
        try Self.uniform(body, settings: settings, names: names, limits: limits)
      }
  }

  private static func uniform(
    _ body: RequestBody, settings: [JSONValue]?, names: [TensorName], limits: MessageLimits
  ) throws(ServiceProblem) -> [RequestItem] {
    if let (index, own) = body.perItem.min(by: { $0.key < $1.key }) {
      let name = names.first { own[$0] != nil }
      throw mixed(name.map { .item(index).appending($0.rawValue) } ?? .item(index))
    }
    let batch = try UniformBatch(body.shared, limits: limits.coding)
    try check(batch.count, limits: limits)
    guard settings == nil || settings?.count == batch.count else {
      throw .field(place, "must have as many entries as the batch axis, \(batch.count)")
    }
    var items: [RequestItem] = []
    for index in 0..<batch.count {
      let (fields, fault) = try fields(of: index, in: settings)
      let keys = fields.unreadKeys
      if let name = names.first(where: { keys.contains($0.rawValue) }) {
        throw mixed(fields.pointer.appending(name.rawValue))
      }
      items.append(
        RequestItem(
          index: index, fields: fields, fault: fault, parts: batch.parts(of: index),
          hasBase64Tokens: batch.hasBase64Tokens))
    }
    return items
  }

  private static func ragged(
    _ body: RequestBody, settings: [JSONValue]?, names: [TensorName], limits: MessageLimits
  ) throws(ServiceProblem) -> [RequestItem] {
    let count = try raggedCount(body, settings: settings)
    try check(count, limits: limits)
    var items: [RequestItem] = []
    for index in 0..<count {
      var (fields, fault) = try fields(of: index, in: settings)
      if !body.hasTensorObjects { fields.outside = names }
      let parts =
        body.hasTensorObjects
        ? fields.tensors(named: names, memory: body.memory, source: body.source)
        : body.perItem[index] ?? TensorTable()
      items.append(
        RequestItem(
          index: index, fields: fields, fault: fault, parts: parts,
          hasBase64Tokens: parts[.tokens]?.isBase64 ?? false))
    }
    return items
  }

  /// An item's fields; what is no object has none, and a fault that may be the item's own.
  private static func fields(
    of index: Int, in settings: [JSONValue]?
  ) throws(ServiceProblem) -> (FieldReader, fault: ServiceProblem?) {
    do throws(ServiceProblem) {
      return (try FieldReader(settings?[index], at: .item(index)), nil)
    } catch {
      return (try FieldReader(nil, at: .item(index)), error)
    }
  }

  /// The number of items that come one by one; their tensors are numbered without gaps.
  private static func raggedCount(
    _ body: RequestBody, settings: [JSONValue]?
  ) throws(ServiceProblem) -> Int {
    let last = body.perItem.keys.max() ?? -1
    if let settings {
      guard last < settings.count else {
        throw .field(.item(last), "has tensors but no entry in items")
      }
      return settings.count
    }
    guard body.perItem.count == last + 1 else {
      let gap = (0...last).first { body.perItem[$0] == nil } ?? 0
      throw .field(.item(gap), "has no tensors, but a later item has")
    }
    return last + 1
  }

  private static var place: JSONPointer { .root.appending("items") }

  private static func check(_ count: Int, limits: MessageLimits) throws(ServiceProblem) {
    guard count > 0 else { throw .field(place, "must hold at least one item") }
    guard count <= limits.maximumItems else {
      throw .field(place, "must not hold more than \(limits.maximumItems) items")
    }
  }

  private static func mixed(_ pointer: JSONPointer) -> ServiceProblem {
    .field(pointer, "must not have tensors of its own beside tensors with a batch axis")
  }
}

internal import TensorCoding
public import Tensors
internal import TokenPruning

/// What `POST /v1/discrepancy` was asked to compare.
public struct DiscrepancyRequest: Sendable {
  /// `[samples, hidden]`, hidden states without pruning.
  public let full: Tensor
  /// `[samples, hidden]`, hidden states with pruning.
  public let pruned: Tensor
  /// Whether the answer tells the phases' durations.
  public let tellsTiming: Bool

  /// Reads a request from either encoding; in JSON the tensors may also be plain nested lists.
  public init(
    _ body: TensorStorage, as encoding: MessageEncoding, limits: MessageLimits
  ) throws(ServiceProblem) {
    let names: [TensorName] = [.full, .pruned]
    var body = try RequestBody(body, as: encoding, names: names, limits: limits.coding)
    tellsTiming = try body.fields.boolean("timing") ?? true
    try body.fields.finish()
    if let index = body.perItem.keys.min() {
      throw .field(.item(index), "is not part of this request")
    }
    full = try Self.tensor(.full, of: body, limits: limits)
    pruned = try Self.tensor(.pruned, of: body, limits: limits)
  }

  private static func tensor(
    _ name: TensorName, of body: RequestBody, limits: MessageLimits
  ) throws(ServiceProblem) -> Tensor {
    let pointer = JSONPointer.root.appending(name.rawValue)
    guard let part = body.shared[name] else { throw .field(pointer, "is missing") }
    return try part.tensorOrMatrix(at: pointer, limits: limits.coding)
  }
}

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
    _ body: TensorStorage, as encoding: MessageEncoding, limits: MessageLimits,
    memory: ReferencedMemory? = nil
  ) throws(ServiceProblem) {
    let names: [TensorName] = [.full, .pruned]
    var body = try RequestBody(
      body, as: encoding, names: names, limits: limits.coding, memory: memory)
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
    guard let tensor = try body.matrix(name, limits: limits) else {
      throw .field(JSONPointer.root.appending(name.rawValue), "is missing")
    }
    return tensor
  }
}

extension RequestBody {
  /// A tensor of two axes, which JSON may also write as plain nested lists; nil without it.
  func matrix(
    _ name: TensorName, limits: MessageLimits
  ) throws(ServiceProblem) -> Tensor? {
    let pointer = JSONPointer.root.appending(name.rawValue)
    guard let part = shared[name] else { return nil }
    switch part {
    case .json(.numbers(let numbers), _): return try numbers.tensor(at: pointer)
    case .json(.array(let rows), _):
      guard !rows.isEmpty else {
        throw ServiceProblem(
          .shapeMismatch, at: pointer, "at least one sample is needed",
          extensions: [.tensor(name.rawValue), .expected([nil, nil]), .actual([0])])
      }
      throw .field(pointer, "must be lists of numbers, all of one length that is at least 1")
    case .json, .reference, .view, .unsupported:
      return try part.tensor(name, in: .root, limits: limits.coding)
    }
  }
}

extension PackedNumbers {
  /// Plain nested lists as an F32 tensor.
  fileprivate func tensor(at pointer: JSONPointer) throws(ServiceProblem) -> Tensor {
    let values = self.values
    let floats = values.indices.map { Float(values[$0]) }
    if let index = floats.firstIndex(where: { !$0.isFinite }) {
      var error = CodingError(.valueDoesNotFit, .json, pointer: pointer)
      error.index = index
      throw ServiceProblem(error)
    }
    do throws(TensorError) {
      return try Tensor(floats, shape: Shape(checking: shape))
    } catch { throw ServiceProblem(error, at: pointer) }
  }
}

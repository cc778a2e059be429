public import Tensors

/// One route's work, without HTTP and without a clock: bytes to request, request to answer.
public protocol MessageOperation: Sendable {
  /// What the route was asked to do.
  associatedtype Request: Sendable

  /// Reads a body, whose tensors may be references to `memory` if there is any.
  func decode(
    _ body: TensorStorage, as encoding: MessageEncoding, memory: ReferencedMemory?
  ) throws(ServiceProblem) -> Request

  /// Does what was asked; `checkpoint` is called before each item.
  func run(_ request: Request, checkpoint: Checkpoint) throws(ServiceProblem) -> AnswerDocument
}

extension MessageOperation {
  /// Reads a body that holds all of its tensors.
  public func decode(
    _ body: TensorStorage, as encoding: MessageEncoding
  ) throws(ServiceProblem) -> Request {
    try decode(body, as: encoding, memory: nil)
  }
}

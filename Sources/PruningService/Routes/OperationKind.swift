import HTTPEngine

/// The operations that go through a worker pool.
enum OperationKind: Sendable, Equatable {
  case prune
  case importance
  case plan
  case discrepancy
  case calibration(CalibrationCall)

  /// What an operation makes of a request's body.
  enum BodyUse: Sendable {
    /// There must be one.
    case required
    /// Without one all settings have their defaults.
    case optional
    /// It is read and ignored.
    case ignored
  }

  /// What the operation makes of the body.
  var bodyUse: BodyUse {
    guard case .calibration(let call) = self else { return .required }
    return call.action.bodyUse
  }

  /// Whether there is a body that the operation reads.
  func readsBody(of head: borrowing RequestHead) -> Bool {
    switch bodyUse {
    case .required: true
    case .optional: head.hasBody
    case .ignored: false
    }
  }

  /// Whether the answer is a table, whose media type is its own.
  var answersTable: Bool {
    guard case .calibration(let call) = self else { return false }
    return call.isTable
  }
}

extension ServiceRoute {
  /// What the route computes in a worker pool; nil where the loop answers by itself.
  ///
  /// - Parameters:
  ///   - head: The request, whose method the route has.
  ///   - parameters: The values in its path.
  /// - Returns: The operation with what the head says about it.
  /// - Throws: A problem of the fields that the operation reads.
  func operation(
    _ head: borrowing RequestHead, _ parameters: PathParameters
  ) throws(ServiceProblem) -> OperationKind? {
    switch self {
    case .prune: return .prune
    case .importance: return .importance
    case .plan: return .plan
    case .discrepancy: return .discrepancy
    default:
      guard let action = CalibrationAction(self, head.method) else { return nil }
      return .calibration(try CalibrationCall(action, head, parameters))
    }
  }
}

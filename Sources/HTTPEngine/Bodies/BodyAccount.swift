/// Watches one body arrive and can call it off.
///
/// What ``Admission/accept(maximumBodyBytes:context:)`` attaches may be one; the engine then tells
/// it of every read. It must return quickly.
public protocol BodyAccount: AnyObject, Sendable {
  /// So many bytes of the body are here.
  ///
  /// - Parameter count: All bytes so far.
  /// - Returns: False to give the request up; it is refused with ``Refusal/outOfMemory`` then.
  func bodyHasArrived(_ count: Int) -> Bool
  /// Makes the body smaller while it arrives; asked once, before it arrives.
  var condenser: (any BodyCondenser)? { get }
}

extension BodyAccount {
  /// Nothing does.
  public var condenser: (any BodyCondenser)? { nil }
}

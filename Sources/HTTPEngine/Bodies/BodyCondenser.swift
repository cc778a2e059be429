/// Makes a body smaller while it arrives.
///
/// What ``Admission/accept(maximumBodyBytes:context:)`` attaches may offer one (see
/// ``BodyAccount/condenser``). The memory of a body of known length is only address space until bytes
/// arrive in it, and that of any other grows with what is in it; what a condenser takes away, later bytes
/// overwrite, so that the whole never exists.
public protocol BodyCondenser: AnyObject, Sendable {
  /// Bytes have been added to the end of a body.
  ///
  /// Called on the loop whenever some ``BodyBuffer/condensedRead`` bytes have come, at most
  /// ``BodyBuffer/mostUncondensed``, and at the end; so it must take no longer than some passes over that many.
  ///
  /// - Parameter body: What there is, perhaps in other memory than before;
  ///   ``BodyBuffer/remove(_:)`` takes parts away.
  func condense(_ body: BodyBuffer)
}

extension BodyBuffer {
  /// Some so many bytes arrive between two calls of a condenser: they are still in the processor's
  /// cache then, and other connections do not wait long.
  public static let condensedRead = 256 << 10
  /// The most that do: one byte less may have come before a last read or frame.
  public static let mostUncondensed = condensedRead + condensedRead / 4

  /// Takes bytes away and moves those behind them to their place.
  ///
  /// - Parameter range: Inside the content.
  public func remove(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the bytes are content")
    guard !range.isEmpty else { return }
    let rest = count - range.upperBound
    // Both regions lie inside the content, which is this object's own memory.
    if rest > 0 {
      unsafe (block.base + range.lowerBound)
        .copyMemory(from: block.base + range.upperBound, byteCount: rest)
    }
    shorten(by: range.count)
  }
}

/// Makes storage of memory that is used again and again, which costs less than fresh memory.
public protocol StorageSource: AnyObject, Sendable {
  /// Takes 64-byte aligned memory and fills it.
  ///
  /// - Parameters:
  ///   - byteCount: The number of bytes, at least 1.
  ///   - initializing: Receives the bytes, whose values may be any, and writes all of them.
  /// - Returns: The storage; nil without memory.
  func storage(
    byteCount: Int, initializing: (inout MutableRawSpan) -> Void
  ) -> TensorStorage?
}

extension TensorStorage {
  /// Storage less than this long is not worth a source's while.
  public static let smallestShared = 128 << 10

  /// Storage of that source where it is worth it, else of its own.
  ///
  /// - Parameters:
  ///   - byteCount: The number of bytes.
  ///   - source: Where memory comes from.
  ///   - initializing: Receives the bytes, whose values may be any, and writes all of them.
  /// - Returns: The storage.
  public static func make(
    byteCount: Int, from source: (any StorageSource)?,
    initializing: (inout MutableRawSpan) -> Void
  ) -> TensorStorage {
    let shared =
      byteCount < smallestShared
      ? nil : source?.storage(byteCount: byteCount, initializing: initializing)
    return shared ?? TensorStorage(byteCount: byteCount, initializing: initializing)
  }
}

public import Tensors

/// Hands out memory in which an earlier tenant has left its bytes.
///
/// For one thread.
public final class DirtySource: StorageSource, @unchecked Sendable {
  // @unchecked Sendable: a test has it for itself.
  /// What was asked for.
  public private(set) var taken: [Int] = []
  /// Whether there is nothing to be had.
  public var isEmpty = false

  /// Makes a source that has memory.
  public init() {}

  /// Storage that is full of 0xA5.
  public func storage(
    byteCount: Int, initializing: (inout MutableRawSpan) -> Void
  ) -> TensorStorage? {
    taken.append(byteCount)
    guard !isEmpty else { return nil }
    return TensorStorage(byteCount: byteCount) { bytes in
      for offset in 0..<byteCount {
        bytes.storeBytes(of: 0xA5, toByteOffset: offset, as: UInt8.self)
      }
      initializing(&bytes)
    }
  }
}

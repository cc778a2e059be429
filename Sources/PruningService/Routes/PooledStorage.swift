import HTTPEngine
import Tensors

/// Lets what is decoded from a body lie in memory of the pool that the body is from.
final class PooledStorage: StorageSource {
  private let buffers: BufferPool

  init(_ buffers: BufferPool) { self.buffers = buffers }

  func storage(
    byteCount: Int, initializing: (inout MutableRawSpan) -> Void
  ) -> TensorStorage? {
    guard let buffer = buffers.takeIfPossible(capacity: byteCount) else { return nil }
    buffer.write { bytes in
      var content = bytes._mutatingExtracting(0..<byteCount)
      initializing(&content)
      return byteCount
    }
    return TensorStorage(viewing: buffer)
  }
}

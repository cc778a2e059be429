/// Memory of the caller's choice that a binary answer is written into, once.
public protocol AnswerBuffer {
  /// Lends the memory; the closure returns how many bytes it filled from the start.
  func write(_ body: (inout MutableRawSpan) -> Int)
}

/// An answer's bytes.
public enum EncodedAnswer<Buffer: AnswerBuffer> {
  /// A JSON document.
  case bytes([UInt8])
  /// A safetensors file in the caller's memory.
  case buffer(Buffer)
}

/// An ``AnswerBuffer`` on the heap, for callers without a pool.
public final class HeapAnswerBuffer: AnswerBuffer {
  /// The bytes written.
  public private(set) var bytes: [UInt8]

  /// Takes memory for `capacity` bytes.
  public init(capacity: Int) { bytes = [UInt8](repeating: 0, count: capacity) }

  /// Lends the memory and keeps what was filled.
  public func write(_ body: (inout MutableRawSpan) -> Int) {
    var span = bytes.mutableSpan
    // Any bytes are valid UInt8s.
    var raw = unsafe span.mutableBytes
    let count = body(&raw)
    bytes.removeLast(bytes.count - count)
  }
}

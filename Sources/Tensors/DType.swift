/// The element types that tensors carry on the wire, in safetensors' spelling.
public enum DType: String, Sendable, CaseIterable {
  /// IEEE 754 binary32.
  case float32 = "F32"
  /// IEEE 754 binary16.
  case float16 = "F16"
  /// The upper half of a binary32.
  case bfloat16 = "BF16"
  /// Unsigned bytes: pixels and masks.
  case uint8 = "U8"
  /// Signed 32-bit integers: indices.
  case int32 = "I32"

  /// The size of one element in bytes.
  public var byteSize: Int {
    switch self {
    case .float32, .int32: 4
    case .float16, .bfloat16: 2
    case .uint8: 1
    }
  }

  /// Whether the elements are real numbers that the kernels can widen to binary32.
  public var isReal: Bool {
    switch self {
    case .float32, .float16, .bfloat16: true
    case .uint8, .int32: false
    }
  }
}

internal import CVectorKernels

/// The real element types that kernels read and write.
public enum ElementType: Sendable, CaseIterable {
  /// IEEE 754 binary32.
  case float32
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a binary32.
  case bfloat16

  /// The size of one element in bytes.
  public var byteSize: Int { self == .float32 ? 4 : 2 }

  /// The number by which the C kernels know this type.
  var code: CInt {
    switch self {
    case .float32: CInt(VK_FLOAT32)
    case .float16: CInt(VK_FLOAT16)
    case .bfloat16: CInt(VK_BFLOAT16)
    }
  }
}

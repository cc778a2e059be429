/// How much a decoder may be asked to hold; each limit stops the work before the memory is taken.
public struct CodingLimits: Sendable, Equatable {
  /// Containers inside each other in a JSON document; values outside 1...512 count as the nearest.
  public var maximumDepth = 64
  /// The size of a JSON document in bytes.
  public var maximumDocumentBytes = 256 << 20
  /// JSON values and keys outside packed arrays of numbers.
  public var maximumValues = 1 << 18
  /// Numbers in packed arrays, over the whole document.
  public var maximumElements = 1 << 26
  /// The size of a safetensors header in bytes.
  public var maximumHeaderBytes = 16 << 20
  /// Tensors in a safetensors file.
  public var maximumTensors = 1 << 14
  /// Dimensions of a tensor.
  public var maximumRank = 8

  /// Starts from the defaults.
  public init() {}
}

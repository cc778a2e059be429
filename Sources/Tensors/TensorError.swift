/// What can be wrong with a tensor before anybody computes with it.
public struct TensorError: Error, Equatable, Sendable {
  /// The kind of fault.
  public enum Code: Sendable, Equatable {
    /// The shape has a negative dimension.
    case negativeDimension
    /// The product of the dimensions, or its size in bytes, does not fit in an `Int`.
    case sizeOverflow
    /// The bytes do not hold exactly the elements that the shape promises.
    case byteCountMismatch
  }

  /// The kind of fault.
  public let code: Code
  /// The dimensions in question.
  public let dimensions: [Int]
  /// The number of bytes found, where that is the fault.
  public let byteCount: Int?

  /// Makes an error.
  public init(_ code: Code, dimensions: [Int], byteCount: Int? = nil) {
    self.code = code
    self.dimensions = dimensions
    self.byteCount = byteCount
  }

  /// Compares codes only: the context is for people.
  public static func == (left: TensorError, right: TensorError) -> Bool { left.code == right.code }
}

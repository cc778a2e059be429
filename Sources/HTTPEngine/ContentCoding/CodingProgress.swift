/// What one step of an ``Inflater`` or a ``Deflater`` did.
public struct CodingProgress: Sendable, Equatable {
  /// Bytes that went in.
  public var consumed: Int
  /// Bytes that came out, from the first of the memory on.
  public var produced: Int
  /// Whether the coded stream has ended.
  public var isAtEnd: Bool

  /// Nothing was done.
  public static let none = CodingProgress(consumed: 0, produced: 0, isAtEnd: false)
}

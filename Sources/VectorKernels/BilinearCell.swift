/// Four rows and the weights with which bilinear interpolation mixes them.
public struct BilinearCell: Sendable, Equatable {
  /// The index of the row at the upper left.
  public var topLeft: Int
  /// The index of the row at the upper right.
  public var topRight: Int
  /// The index of the row at the lower left.
  public var bottomLeft: Int
  /// The index of the row at the lower right.
  public var bottomRight: Int
  /// The weight of the two upper rows; the lower ones have `1 - top` unless changed.
  public var top: Float
  /// The weight of the two lower rows.
  public var bottom: Float
  /// The weight of the two rows on the left.
  public var left: Float
  /// The weight of the two rows on the right.
  public var right: Float

  /// Names four rows and how far the point lies from the upper left one.
  ///
  /// - Parameters:
  ///   - rows: Upper left, upper right, lower left, lower right.
  ///   - down: The distance from the upper rows, `0...1`.
  ///   - across: The distance from the left rows, `0...1`.
  public init(rows: (Int, Int, Int, Int), down: Float, across: Float) {
    (topLeft, topRight, bottomLeft, bottomRight) = rows
    (top, bottom) = (1 - down, down)
    (left, right) = (1 - across, across)
  }
}

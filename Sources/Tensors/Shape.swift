/// The dimensions of a row-major tensor, outermost first; an empty list is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The dimensions, outermost first.
  public let dimensions: [Int]
  /// The product of the dimensions.
  public let elementCount: Int

  /// Checks the dimensions and their product.
  ///
  /// - Parameter dimensions: Outermost first, each at least 0.
  /// - Throws: ``TensorError/Code/negativeDimension``, ``TensorError/Code/sizeOverflow``.
  public init(checking dimensions: [Int]) throws(TensorError) {
    var product = 1
    for dimension in dimensions {
      guard dimension >= 0 else { throw TensorError(.negativeDimension, dimensions: dimensions) }
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw TensorError(.sizeOverflow, dimensions: dimensions) }
      product = next
    }
    self.dimensions = dimensions
    elementCount = product
  }

  /// Makes a shape from dimensions that the program itself chose.
  ///
  /// - Parameter elements: Outermost first; a negative or overflowing shape is a programmer error.
  public init(arrayLiteral elements: Int...) {
    precondition(elements.allSatisfy { $0 >= 0 }, "a literal shape has no negative dimension")
    dimensions = elements
    elementCount = elements.reduce(1, *)
  }

  init(trusted dimensions: [Int]) {
    self.dimensions = dimensions
    elementCount = dimensions.reduce(1, *)
  }

  /// The number of dimensions.
  public var rank: Int { dimensions.count }

  /// The dimension at `axis`, counted from the outermost.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The shape of one entry along the leading axis; requires `rank >= 1`.
  public var droppingFirst: Shape { Shape(trusted: Array(dimensions.dropFirst())) }

  /// `[2, 3]`, as problem documents print it.
  public var description: String { "\(dimensions)" }
}

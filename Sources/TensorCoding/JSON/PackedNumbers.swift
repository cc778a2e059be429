import CSimdjson

/// A rectangular array of numbers, nested or flat, held as one block of binary64 values.
///
/// Each element is the nearest binary64 of its text, with one exception: where that value is the
/// midpoint between two binary32, binary16 or bfloat16 values and the text is not, it is one step
/// nearer to the text, so that rounding it to any of these rounds the text itself correctly.
public struct PackedNumbers: Sendable {
  /// The lengths of the nested arrays, outermost first, each at least 1.
  public let shape: [Int]
  /// Whether every number was written as an integer of at most 53 bits, and none as `-0`.
  public let isInteger: Bool
  private let block: NumberBlock
  private let start: Int

  init(shape: [Int], isInteger: Bool, block: NumberBlock, start: Int) {
    self.shape = shape
    self.isInteger = isInteger
    self.block = block
    self.start = start
  }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The elements, row-major.
  public var values: Span<Double> {
    @_lifetime(borrow self)
    get {
      let span = block.values.extracting(start..<start + count)
      // The block lives at least as long as this value, which holds a reference to it.
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The elements as integers, if the array is flat and all of them are.
  public var integers: [Int]? {
    guard isInteger, shape.count == 1 else { return nil }
    let values = self.values
    return values.indices.map { Int(values[$0]) }
  }

  var elements: [JSONValue] {
    let inner = Array(shape.dropFirst())
    guard !inner.isEmpty else {
      let values = self.values
      return values.indices.map { .number(JSONNumber(packed: values[$0], isInteger: isInteger)) }
    }
    let stride = inner.reduce(1, *)
    return (0..<shape[0]).map {
      .numbers(
        PackedNumbers(
          shape: inner, isInteger: isInteger, block: block, start: start + $0 * stride))
    }
  }
}

extension JSONNumber {
  /// The element of a packed array, where `2.0` and `2` look alike.
  init(packed value: Double, isInteger: Bool) {
    if let integer = Int64(exactly: value), isInteger || integer.magnitude <= 1 << 53 {
      // The value as it was read: an integer has no negative zero.
      self.init(double: value, integer: integer)
    } else {
      self.init(value)
    }
  }
}

/// Numbers that the parser allocated and this object gives back.
///
/// Safety: nobody else has the pointer, the memory is never written again, and spans of it cannot
/// outlive a borrow of the object.
@safe
final class NumberBlock: @unchecked Sendable {
  // @unchecked Sendable: immutable after the initialiser.
  private let base: UnsafeMutablePointer<Double>?
  private let count: Int

  /// Takes over `count` values from the parser.
  @unsafe
  init(adopting base: UnsafeMutablePointer<Double>?, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  deinit { unsafe vflow_json_free_doubles(base) }

  var values: Span<Double> {
    @_lifetime(borrow self)
    get {
      let buffer = unsafe UnsafeBufferPointer(start: base, count: count)
      // In bounds by the initialiser's contract; the span cannot outlive the borrow of self.
      return unsafe _overrideLifetime(Span(_unsafeElements: buffer), borrowing: self)
    }
  }
}

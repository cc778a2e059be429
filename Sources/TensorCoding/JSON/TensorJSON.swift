public import Tensors

/// Tensors as JSON objects: `dtype`, `shape`, and either `data` or `base64`.
public enum TensorJSON {
  /// The member that may be long.
  static let encodedKey = "base64"

  private static let keys = ["dtype", "shape", "data", encodedKey]

  /// Reads a tensor object.
  ///
  /// `data` holds numbers, nested as `shape` says or flat; each is rounded to the dtype once, to
  /// the nearest value, ties to even. `base64` holds the little-endian elements and may carry
  /// values that are not finite.
  ///
  /// - Parameters:
  ///   - cursor: The object.
  ///   - limits: What the tensor may cost.
  ///   - source: Where memory for the elements comes from.
  /// - Returns: A tensor with storage of its own.
  /// - Throws: A ``CodingError`` with the pointer of the member at fault.
  public static func decode(
    _ cursor: JSONCursor, limits: CodingLimits = CodingLimits(),
    source: (any StorageSource)? = nil
  ) throws(CodingError) -> Tensor {
    let object = try cursor.object(allowing: keys)
    let dtype = try decodeDType(try object.required("dtype"))
    let shape = try decodeShape(try object.required("shape"), dtype: dtype, limits: limits)
    switch (object["data"], object[encodedKey]) {
    case (let data?, nil): return try decode(data, dtype: dtype, shape: shape)
    case (nil, let text?):
      return try decode(base64: text, dtype: dtype, shape: shape, source: source)
    case (nil, nil): return try decode(try object.required("data"), dtype: dtype, shape: shape)
    case (_?, let text?): throw CodingError(.conflictingFields, .json, pointer: text.pointer)
    }
  }

  /// Reads `dtype` and `shape` of a tensor object whose elements are somewhere else.
  ///
  /// - Parameters:
  ///   - cursor: The object.
  ///   - place: The one other member, which says where the elements are.
  ///   - limits: What the tensor may cost.
  /// - Returns: The element type and the dimensions, whose size in bytes fits in an `Int`.
  /// - Throws: A ``CodingError`` with the pointer of the member at fault.
  public static func decodeHead(
    _ cursor: JSONCursor, besides place: String, limits: CodingLimits = CodingLimits()
  ) throws(CodingError) -> (dtype: DType, shape: Shape) {
    let object = try cursor.object(allowing: ["dtype", "shape", place])
    let dtype = try decodeDType(try object.required("dtype"))
    return (dtype, try decodeShape(try object.required("shape"), dtype: dtype, limits: limits))
  }

  private static func decodeDType(_ cursor: JSONCursor) throws(CodingError) -> DType {
    let name = try cursor.string()
    guard let dtype = DType(rawValue: name) else {
      throw CodingError(.unsupportedDType, .json, pointer: cursor.pointer).expecting(name)
    }
    return dtype
  }

  private static func decodeShape(
    _ cursor: JSONCursor, dtype: DType, limits: CodingLimits
  ) throws(CodingError) -> Shape {
    let invalid = CodingError(.invalidShape, .json, pointer: cursor.pointer)
    let dimensions: [Int]
    switch cursor.value {
    case .array(let values) where values.isEmpty: dimensions = []
    case .numbers(let numbers):
      guard numbers.count <= limits.maximumRank, let integers = numbers.integers else {
        throw invalid
      }
      dimensions = integers
    default: throw CodingError(.wrongType, .json, pointer: cursor.pointer).expecting("array")
    }
    guard let shape = try? Shape(checking: dimensions),
      !shape.elementCount.multipliedReportingOverflow(by: dtype.byteSize).overflow
    else { throw invalid }
    return shape
  }

  private static func decode(
    base64 cursor: JSONCursor, dtype: DType, shape: Shape, source memory: (any StorageSource)?
  ) throws(CodingError) -> Tensor {
    if case .text(let text) = cursor.value {
      return try decode(text.bytes, at: cursor.pointer, dtype: dtype, shape: shape, source: memory)
    }
    let text = try cursor.string()
    // Bytes have no padding between them.
    let bytes = unsafe text.utf8Span.span.bytes
    return try decode(bytes, at: cursor.pointer, dtype: dtype, shape: shape, source: memory)
  }

  private static func decode(
    _ source: RawSpan, at pointer: JSONPointer, dtype: DType, shape: Shape,
    source memory: (any StorageSource)?
  ) throws(CodingError) -> Tensor {
    let byteCount = Base64.decodedByteCount(source)
    guard byteCount == shape.elementCount * dtype.byteSize || source.byteCount % 4 != 0 else {
      let (count, rest) = byteCount.quotientAndRemainder(dividingBy: dtype.byteSize)
      throw CodingError(.shapeMismatch, .json, pointer: pointer)
        .with(expected: shape.dimensions, actual: rest == 0 ? [count] : nil)
    }
    var failure: CodingError?
    // What a failure leaves unwritten goes with the storage.
    let storage = TensorStorage.make(byteCount: byteCount, from: memory) { bytes in
      do throws(CodingError) {
        try Base64.decode(source, into: &bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure.with(pointer: pointer) }
    return try tensor(dtype, shape, storage, pointer)
  }

  private static func decode(
    _ cursor: JSONCursor, dtype: DType, shape: Shape
  ) throws(CodingError) -> Tensor {
    switch cursor.value {
    case .numbers(let numbers):
      guard numbers.count == shape.elementCount,
        numbers.shape.count == 1 || numbers.shape == shape.dimensions
      else { throw mismatch(shape, actual: numbers.shape, at: cursor.pointer) }
      return try decode(numbers, dtype: dtype, shape: shape, at: cursor.pointer)
    case .number(let number) where shape.rank == 0:
      // The one way to write a scalar without brackets.
      let storage = try store(dtype, [number.double].span, at: cursor.pointer)
      return try tensor(dtype, shape, storage, cursor.pointer)
    case .array(let values):
      guard shape.elementCount == 0, isEmpty(values, shape: shape.dimensions[...]) else {
        throw firstWrongType(values, at: cursor.pointer)
          ?? mismatch(shape, actual: [elementCount(of: values)], at: cursor.pointer)
      }
      return try tensor(dtype, shape, TensorStorage(byteCount: 0) { _ in }, cursor.pointer)
    default: throw CodingError(.wrongType, .json, pointer: cursor.pointer).expecting("array")
    }
  }

  private static func mismatch(
    _ shape: Shape, actual: [Int], at pointer: JSONPointer
  ) -> CodingError {
    CodingError(.shapeMismatch, .json, pointer: pointer)
      .with(expected: shape.dimensions, actual: actual)
  }

  /// The number of numbers in nested arrays of uneven lengths.
  private static func elementCount(of values: [JSONValue]) -> Int {
    values.reduce(0) { count, value in
      switch value {
      case .numbers(let numbers): count + numbers.count
      case .array(let inner): count + elementCount(of: inner)
      default: count + 1
      }
    }
  }

  private static func decode(
    _ numbers: PackedNumbers, dtype: DType, shape: Shape, at pointer: JSONPointer
  ) throws(CodingError) -> Tensor {
    let storage = try store(dtype, numbers.values, at: pointer)
    return try tensor(dtype, shape, storage, pointer)
  }

  /// Whether nested arrays spell out a shape that holds no elements; `[]` always does.
  private static func isEmpty(_ values: [JSONValue], shape: ArraySlice<Int>) -> Bool {
    guard let length = shape.first else { return false }
    if values.isEmpty { return true }
    return values.count == length
      && values.allSatisfy {
        guard case .array(let inner) = $0 else { return false }
        return isEmpty(inner, shape: shape.dropFirst())
      }
  }

  /// The first element that is neither a number nor an array.
  private static func firstWrongType(
    _ values: [JSONValue], at pointer: JSONPointer
  ) -> CodingError? {
    for (index, value) in values.enumerated() {
      switch value {
      case .number, .numbers: continue
      case .array(let inner):
        if let error = firstWrongType(inner, at: pointer.appending(index)) { return error }
      default:
        return CodingError(.wrongType, .json, pointer: pointer.appending(index))
          .expecting("number")
      }
    }
    return nil
  }

  private static func tensor(
    _ dtype: DType, _ shape: Shape, _ storage: TensorStorage, _ pointer: JSONPointer
  ) throws(CodingError) -> Tensor {
    do throws(TensorError) {
      return try Tensor(
        dtype: dtype, shape: shape, storage: storage, byteCount: storage.byteCount)
    } catch {
      throw CodingError(.shapeMismatch, .json, pointer: pointer)
    }
  }
}

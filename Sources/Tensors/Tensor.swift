/// A row-major, little-endian view of shared storage; copying a tensor copies no elements.
public struct Tensor: Sendable {
  /// The element type.
  public let dtype: DType
  /// The dimensions, outermost first.
  public let shape: Shape
  let storage: TensorStorage
  /// Where the first element lies, or would if it were still there.
  let byteOffset: Int
  /// What is left of elements that are not there any more.
  let condensed: HeadSums?

  /// Makes a view of `storage`; the offset needs no alignment.
  ///
  /// - Parameters:
  ///   - dtype: The element type.
  ///   - shape: The dimensions.
  ///   - storage: The memory that holds the elements.
  ///   - byteOffset: Where the first element starts.
  ///   - byteCount: The bytes meant for this tensor; nil takes just what the shape needs.
  /// - Throws: ``TensorError/Code/sizeOverflow``, ``TensorError/Code/byteCountMismatch``.
  public init(
    dtype: DType, shape: Shape, storage: TensorStorage, byteOffset: Int = 0, byteCount: Int? = nil
  ) throws(TensorError) {
    let (needed, overflow) = shape.elementCount.multipliedReportingOverflow(by: dtype.byteSize)
    guard !overflow else { throw TensorError(.sizeOverflow, dimensions: shape.dimensions) }
    let available = storage.byteCount - byteOffset
    guard byteOffset >= 0, needed <= available, byteCount == nil || byteCount == needed else {
      throw TensorError(
        .byteCountMismatch, dimensions: shape.dimensions, byteCount: byteCount ?? available)
    }
    self.init(trusted: dtype, shape, storage, byteOffset)
  }

  init(
    trusted dtype: DType, _ shape: Shape, _ storage: TensorStorage, _ offset: Int,
    _ condensed: HeadSums? = nil
  ) {
    self.dtype = dtype
    self.shape = shape
    self.storage = storage
    self.condensed = condensed
    byteOffset = offset
  }

  /// Makes a tensor whose elements have become sums over its heads.
  ///
  /// - Parameters:
  ///   - dtype: The element type that the elements had.
  ///   - shape: `[…, heads, rows, rows]`.
  ///   - sums: What is left of the elements, of all groups.
  public init(dtype: DType, shape: Shape, sums: HeadSums) {
    precondition(
      shape.rank >= 3 && shape.elementCount == sums.groupElements * sums.firstNonFinite.count,
      "the sums are those of the tensor")
    self.init(trusted: dtype, shape, sums.storage, 0, sums)
  }

  /// Copies values into a new F32 tensor.
  ///
  /// - Parameters:
  ///   - values: Row-major elements, as many as the shape promises.
  ///   - shape: The dimensions.
  /// - Throws: ``TensorError/Code/byteCountMismatch``.
  public init(_ values: [Float], shape: Shape) throws(TensorError) {
    let storage = TensorStorage(byteCount: values.count * 4) { bytes in
      for index in values.indices {
        bytes.storeBytes(of: values[index], toByteOffset: index * 4, as: Float.self)
      }
    }
    try self.init(
      dtype: .float32, shape: shape, storage: storage, byteCount: values.count * 4)
  }

  /// The size of all elements in bytes.
  public var byteCount: Int { shape.elementCount * dtype.byteSize }

  /// The elements as raw bytes; none where they have become ``headSums``.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let range = condensed == nil ? byteOffset..<byteOffset + byteCount : 0..<0
      let span = storage.bytes.extracting(range)
      // The storage lives at least as long as this tensor, which holds a reference to it.
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Entry `index` along the leading axis, without copying; requires `0 <= index < shape[0]`.
  public subscript(index: Int) -> Tensor {
    precondition(index >= 0 && index < shape[0], "the index lies on the leading axis")
    let entry = shape.droppingFirst
    return Tensor(
      trusted: dtype, entry, storage, byteOffset + index * entry.elementCount * dtype.byteSize,
      condensed)
  }

  /// The same elements in the same order under other dimensions.
  ///
  /// - Parameter shape: The new dimensions, with as many elements.
  /// - Returns: A view of the same storage.
  /// - Throws: ``TensorError/Code/byteCountMismatch``.
  public func reshaped(_ shape: Shape) throws(TensorError) -> Tensor {
    guard shape.elementCount == self.shape.elementCount else {
      throw TensorError(
        .byteCountMismatch, dimensions: shape.dimensions, byteCount: byteCount)
    }
    return Tensor(trusted: dtype, shape, storage, byteOffset, condensed)
  }

  /// Element `index` widened to binary32, for tests and small vectors; requires a real dtype.
  public func float(at index: Int) -> Float {
    precondition(index >= 0 && index < shape.elementCount, "the index is in range")
    let bytes = self.bytes
    // In range by the precondition; each load reads dtype.byteSize bytes inside the view.
    switch dtype {
    case .float32:
      return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 4, as: Float.self)
    case .float16:
      let bits = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
      return Float(Float16(bitPattern: bits))
    case .bfloat16:
      let bits = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
      return Float(bitPattern: UInt32(bits) << 16)
    case .uint8:
      return Float(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
    case .int32:
      return Float(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index * 4, as: Int32.self))
    }
  }
}

// Each call below reads and writes the extents that its preconditions have checked.

internal import CVectorKernels

extension KernelSet {
  /// Converts to binary32, exactly.
  ///
  /// - Parameters:
  ///   - source: As many elements as `destination` holds.
  ///   - type: The element type of `source`.
  ///   - destination: Receives the values; signalling NaNs become quiet ones.
  public func widen(
    _ source: RawSpan, type: ElementType, into destination: inout MutableSpan<Float>
  ) {
    let count = destination.count
    requireBytes(source, 1, count, type)
    unsafe withPointers(source, &destination) { source, destination in
      unsafe table.widen(source, type.code, count, destination)
    }
  }

  /// Rounds binary32 to a stored type, to nearest with ties to even; too large becomes infinite.
  ///
  /// - Parameters:
  ///   - source: The values.
  ///   - type: The element type of `destination`.
  ///   - destination: As many elements as `source`.
  public func narrow(
    _ source: Span<Float>, type: ElementType, into destination: inout MutableRawSpan
  ) {
    let count = source.count
    precondition(
      destination.byteCount == count * type.byteSize, "as many elements out as in")
    unsafe source.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress else { return }
      unsafe destination.withUnsafeMutableBytes { destination in
        guard let to = destination.baseAddress else { return }
        unsafe table.narrow(from, type.code, count, to)
      }
    }
  }

  /// The index of the first infinite or NaN element.
  ///
  /// - Parameters:
  ///   - source: `[count]`.
  ///   - type: The element type of `source`.
  ///   - count: The number of elements.
  /// - Returns: Nil when all elements are finite.
  public func firstNonFinite(in source: RawSpan, type: ElementType, count: Int) -> Int? {
    requireBytes(source, 1, count, type)
    let index = unsafe source.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return -1 }
      return unsafe table.first_non_finite(base, type.code, count)
    }
    return index < 0 ? nil : index
  }

  /// Exponentials divided by their sum, which is taken relative to the largest value.
  ///
  /// Values more than 87 below the largest become 0.
  ///
  /// - Parameters:
  ///   - values: Finite.
  ///   - destination: As many elements as `values`.
  public func softmax(_ values: Span<Float>, into destination: inout MutableSpan<Float>) {
    let count = values.count
    precondition(destination.count == count, "as many elements out as in")
    unsafe withPointers(values.bytes, &destination) { values, destination in
      unsafe table.softmax(values.assumingMemoryBound(to: Float.self), count, destination)
    }
  }

  /// The cosine of the angle between two vectors; 0 when one of them is zero.
  ///
  /// - Parameters:
  ///   - a: `[count]`.
  ///   - b: `[count]`.
  ///   - type: The element type of both.
  ///   - count: The number of elements.
  /// - Returns: A value within a rounding error of `-1...1`, NaN if an input is not finite.
  public func cosineSimilarity(
    _ a: RawSpan, _ b: RawSpan, type: ElementType, count: Int
  ) -> Float {
    requireBytes(a, 1, count, type)
    requireBytes(b, 1, count, type)
    return unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
        return unsafe table.cosine_similarity(a, b, type.code, count)
      }
    }
  }
}

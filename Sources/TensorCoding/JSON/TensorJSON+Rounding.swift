import Tensors

// From binary64 to the element types of tensors, each value rounded once.
extension TensorJSON {
  static func store(
    _ dtype: DType, _ values: Span<Double>, at pointer: JSONPointer
  ) throws(CodingError) -> TensorStorage {
    var firstFault: Int?
    let storage = TensorStorage(byteCount: values.count * dtype.byteSize) { bytes in
      switch dtype {
      case .float32:
        firstFault = write(values, &bytes) {
          Float($0)
        } isFit: {
          $0.isFinite
        }
      case .float16:
        firstFault = write(values, &bytes) {
          Float16($0)
        } isFit: {
          $0.isFinite
        }
      case .bfloat16:
        firstFault = write(values, &bytes, bfloat16) { $0 & 0x7F80 != 0x7F80 }
      case .uint8, .int32: break
      }
      if dtype == .uint8 { firstFault = writeExactly(values, &bytes, as: UInt8.self) }
      if dtype == .int32 { firstFault = writeExactly(values, &bytes, as: Int32.self) }
    }
    guard let firstFault else { return storage }
    let value = values[firstFault]
    let code: CodingError.Code =
      dtype.isReal || value == value.rounded() ? .valueDoesNotFit : .notAnInteger
    throw CodingError(code, .json, pointer: pointer).with(index: firstFault)
  }

  private static func write<Element: BitwiseCopyable>(
    _ values: Span<Double>, _ bytes: inout MutableRawSpan, _ round: (Double) -> Element,
    isFit: (Element) -> Bool
  ) -> Int? {
    for index in values.indices {
      let element = round(values[index])
      guard isFit(element) else { return index }
      bytes.storeBytes(
        of: element, toByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
    }
    return nil
  }

  private static func writeExactly<Element: FixedWidthInteger & BitwiseCopyable>(
    _ values: Span<Double>, _ bytes: inout MutableRawSpan, as type: Element.Type
  ) -> Int? {
    for index in values.indices {
      guard let element = Element(exactly: values[index]) else { return index }
      bytes.storeBytes(
        of: element, toByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
    }
    return nil
  }

  /// The nearest bfloat16, ties to even.
  ///
  /// Going through the nearest binary32 would round twice. Cut off there instead, with the last bit
  /// set if anything was lost ("round to odd"), the second rounding sees all that matters.
  static func bfloat16(_ value: Double) -> UInt16 {
    let nearest = Float(value)
    var bits = nearest.bitPattern
    if Double(nearest) != value {
      if Double(nearest).magnitude > value.magnitude { bits -= 1 }
      bits |= 1
    }
    let halfway = UInt32(0x7FFF) + (bits >> 16 & 1)
    return UInt16(truncatingIfNeeded: (bits + halfway) >> 16)
  }
}

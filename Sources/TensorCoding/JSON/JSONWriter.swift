import CSimdjson
public import Tensors

/// Writes one JSON document piece by piece; commas place themselves.
///
/// Text is minimal: no whitespace, and of the characters only `"`, `\` and those below U+0020 are
/// escaped. Numbers are the shortest text that reads back as the same value of the same type.
public struct JSONWriter: Sendable {
  /// What has been written so far.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// Starts an empty document.
  ///
  /// - Parameter capacity: The bytes to reserve.
  public init(reserving capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  /// Writes an object whose members the closure writes.
  ///
  /// - Parameter members: Calls ``key(_:)`` and a value in turn, or `field`.
  /// - Throws: What the closure throws.
  public mutating func object<E: Error>(
    _ members: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    beginObject()
    try members(&self)
    endObject()
  }

  /// Writes an array whose elements the closure writes.
  ///
  /// - Parameter elements: Writes values.
  /// - Throws: What the closure throws.
  public mutating func array<E: Error>(
    _ elements: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    beginArray()
    try elements(&self)
    endArray()
  }

  /// Begins an object, for callers whose members do not come from one closure.
  public mutating func beginObject() { begin(UInt8(ascii: "{")) }

  /// Ends the object that was begun last.
  public mutating func endObject() { end(UInt8(ascii: "}")) }

  /// Begins an array, for callers whose elements do not come from one closure.
  public mutating func beginArray() { begin(UInt8(ascii: "[")) }

  /// Ends the array that was begun last.
  public mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes the key of the value that comes next.
  ///
  /// - Parameter key: Not yet a key of this object.
  public mutating func key(_ key: String) {
    quote(key, isKey: true)
    needsComma = false
  }

  /// Writes a string.
  public mutating func value(_ string: String) {
    quote(string, isKey: false)
    needsComma = true
  }

  /// Writes an integer.
  public mutating func value(_ integer: Int) {
    appendValue(reserving: 20) { $0.append(decimal: integer) }
  }

  /// Writes `true` or `false`.
  public mutating func value(_ bool: Bool) { raw(bool ? "true" : "false") }

  /// Writes a binary64, `null` where it is not finite.
  public mutating func value(_ double: Double) {
    unsafe append(upTo: 32) { unsafe vflow_write_double(double, $0) }
    needsComma = true
  }

  /// Writes a binary32, `null` where it is not finite.
  public mutating func value(_ float: Float) {
    unsafe append(upTo: 32) { unsafe vflow_write_float(float, $0) }
    needsComma = true
  }

  /// Writes `null`.
  public mutating func null() { raw("null") }

  /// Writes text that is already one JSON value.
  ///
  /// - Parameter json: Trusted to be well formed.
  public mutating func raw(_ json: String) {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    bytes.append(contentsOf: json.utf8)
    needsComma = true
  }

  private mutating func begin(_ bracket: UInt8) {
    append(reserving: 1) { $0.append(bracket) }
    needsComma = false
  }

  private mutating func end(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  /// Writes a string, and the colon after it if it is a key.
  private mutating func quote(_ string: String, isKey: Bool) {
    // Bytes have no padding between them.
    let text = unsafe string.utf8Span.span.bytes
    let start = text.extracting(first: Self.textAtOnce)
    append(reserving: 6 * start.byteCount + 3) { target in
      target.append(UInt8(ascii: "\""))
      target.append(escaping: start)
      guard start.byteCount == text.byteCount else { return }
      target.append(UInt8(ascii: "\""))
      if isKey { target.append(UInt8(ascii: ":")) }
    }
    guard start.byteCount < text.byteCount else { return }
    needsComma = false
    for start in stride(from: Self.textAtOnce, to: text.byteCount, by: Self.textAtOnce) {
      let piece = text.extracting(start..<min(start + Self.textAtOnce, text.byteCount))
      append(reserving: 6 * piece.byteCount) { $0.append(escaping: piece) }
    }
    bytes.append(UInt8(ascii: "\""))
    if isKey { bytes.append(UInt8(ascii: ":")) }
  }

  /// Bytes of text that room is made for at once.
  private static let textAtOnce = 512

  /// Appends at most `capacity` bytes, and a comma before them where one is needed.
  private mutating func append(
    reserving capacity: Int, _ write: (inout OutputSpan<UInt8>) -> Void
  ) {
    let needsComma = needsComma
    bytes.append(addingCapacity: capacity + 1) { text in
      if needsComma { text.append(UInt8(ascii: ",")) }
      write(&text)
    }
  }

  /// Appends one value of at most `capacity` bytes.
  mutating func appendValue(reserving capacity: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
    append(reserving: capacity, write)
    needsComma = true
  }

  /// Appends what `write` writes; it returns the length, which is at most `capacity`.
  private mutating func append(
    upTo capacity: Int, _ write: (UnsafeMutablePointer<CChar>) -> Int
  ) {
    append(reserving: capacity) { text in
      unsafe text.append(write)
    }
  }
}

extension OutputSpan<UInt8> {
  /// Appends ASCII text.
  mutating func append(literal text: StaticString) {
    precondition(freeCapacity >= text.utf8CodeUnitCount)
    // There is room, and static text is always there.
    unsafe withUnsafeMutableBufferPointer { buffer, count in
      guard let base = buffer.baseAddress else { return }
      unsafe (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
      count += text.utf8CodeUnitCount
    }
  }

  /// Appends the at most 20 digits and sign of a number.
  mutating func append(decimal number: Int) {
    precondition(freeCapacity >= 20)
    unsafe append { unsafe vflow_write_int64(Int64(number), $0) }
  }

  /// Appends text that is six times as long at most, its special characters escaped.
  fileprivate mutating func append(escaping text: RawSpan) {
    precondition(freeCapacity >= 6 * text.byteCount)
    unsafe append { target in
      unsafe text.withUnsafeBytes {
        unsafe vflow_write_escaped($0.baseAddress, $0.count, target)
      }
    }
  }

  /// Appends what `write` writes; it returns the length.
  @unsafe
  fileprivate mutating func append(_ write: (UnsafeMutablePointer<CChar>) -> Int) {
    // Each caller passes the room that CSimdjson.h asks for, and what is written is counted.
    unsafe withUnsafeMutableBufferPointer { buffer, count in
      guard let base = buffer.baseAddress else { return }
      // Characters and bytes have the same layout.
      count += unsafe (base + count).withMemoryRebound(
        to: CChar.self, capacity: buffer.count - count
      ) {
        unsafe write($0)
      }
    }
  }
}

// Arrays and tensors.
extension JSONWriter {
  /// Writes an array of binary32 values, `null` where one is not finite.
  public mutating func value(_ floats: Span<Float>) {
    // None of the element types here has padding.
    value(elementsOf: unsafe floats.bytes, .float32)
  }

  /// Writes an array of integers.
  public mutating func value(_ integers: Span<Int32>) {
    value(elementsOf: unsafe integers.bytes, .int32)
  }

  /// Writes an array of bytes as numbers.
  public mutating func value(_ bytes: Span<UInt8>) {
    value(elementsOf: unsafe bytes.bytes, .uint8)
  }

  /// Writes an array of integers.
  public mutating func value(_ integers: [Int]) {
    array { for integer in integers { $0.value(integer) } }
  }

  /// Writes a flat array of a tensor's elements; real numbers are written as binary32.
  ///
  /// - Parameters:
  ///   - elements: Little-endian, unaligned allowed.
  ///   - dtype: What they are.
  public mutating func value(elementsOf elements: RawSpan, _ dtype: DType) {
    let step = 256 * dtype.byteSize
    beginArray()
    for start in stride(from: 0, to: elements.byteCount, by: step) {
      append(elements.extracting(start..<min(start + step, elements.byteCount)), dtype)
      needsComma = true
    }
    endArray()
  }

  /// Writes `{"dtype":…,"shape":…,"data":…}`, or `base64` in place of `data`.
  ///
  /// - Parameters:
  ///   - tensor: Any tensor; only base64 can carry values that are not finite.
  ///   - asBase64: Whether its bytes are written as base64.
  public mutating func value(_ tensor: Tensor, asBase64: Bool) {
    object {
      $0.field("dtype", tensor.dtype.rawValue)
      $0.key("shape")
      $0.value(tensor.shape.dimensions)
      $0.key(asBase64 ? "base64" : "data")
      if asBase64 {
        $0.value(base64: tensor.bytes)
      } else {
        $0.value(elementsOf: tensor.bytes, tensor.dtype)
      }
    }
  }

  /// Writes a string that holds bytes as base64.
  ///
  /// - Parameter contents: Any bytes.
  public mutating func value(base64 contents: RawSpan) {
    begin(UInt8(ascii: "\""))
    bytes.reserveCapacity(bytes.count + Base64.encodedByteCount(contents.byteCount) + 1)
    // Whole groups of three bytes in each piece, so that padding comes last only.
    let step = 3 * 1024
    for start in stride(from: 0, to: contents.byteCount, by: step) {
      let piece = contents.extracting(start..<min(start + step, contents.byteCount))
      unsafe append(upTo: Base64.encodedByteCount(piece.byteCount)) { target in
        unsafe piece.withUnsafeBytes { source in
          // Characters and bytes have the same layout.
          unsafe target.withMemoryRebound(to: UInt8.self, capacity: 4 * 1024) {
            unsafe vflow_base64_encode(source.baseAddress, source.count, $0)
          }
        }
        return Base64.encodedByteCount(piece.byteCount)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// Writes a member of an object.
  public mutating func field(_ key: String, _ string: String) {
    self.key(key)
    value(string)
  }

  /// Writes a member of an object.
  public mutating func field(_ key: String, _ integer: Int) {
    self.key(key)
    value(integer)
  }

  /// Writes a member of an object.
  public mutating func field(_ key: String, _ double: Double) {
    self.key(key)
    value(double)
  }

  /// Writes a member of an object.
  public mutating func field(_ key: String, _ bool: Bool) {
    self.key(key)
    value(bool)
  }

  private mutating func append(_ elements: RawSpan, _ dtype: DType) {
    switch dtype {
    case .float32:
      unsafe append(elements, 4, 16) { unsafe vflow_write_floats($0, $1, $2) }
    case .int32:
      unsafe append(elements, 4, 12) { unsafe vflow_write_int32s($0, $1, $2) }
    case .uint8:
      unsafe append(elements, 1, 4) { unsafe vflow_write_uint8s($0, $1, $2) }
    case .float16, .bfloat16:
      let values = (0..<elements.byteCount / 2).map { index in
        // In range: two bytes for each index.
        let bits = unsafe elements.unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        return dtype == .float16
          ? Float(Float16(bitPattern: bits)) : Float(bitPattern: UInt32(bits) << 16)
      }
      unsafe append(values.span.bytes, 4, 16) { unsafe vflow_write_floats($0, $1, $2) }
    }
  }

  private mutating func append(
    _ elements: RawSpan, _ byteSize: Int, _ room: Int,
    _ write: (UnsafeRawPointer, Int, UnsafeMutablePointer<CChar>) -> Int
  ) {
    let count = elements.byteCount / byteSize
    unsafe append(upTo: count * room) { target in
      unsafe elements.withUnsafeBytes {
        guard let base = $0.baseAddress else { return 0 }
        return unsafe write(base, count, target)
      }
    }
  }
}

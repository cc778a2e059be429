public import Tensors

/// Plans a safetensors file, so that tensors can be written straight into their places.
///
/// Declare tensors and metadata, take the ``layout()``, allocate its ``SafetensorsLayout/byteCount``,
/// write each tensor into its range, and write the header last. Metadata whose text is only known by
/// then gets room with ``reserve(metadataByteCount:)``; what it does not use becomes the spaces that
/// the format allows at the end of a header.
public struct SafetensorsWriter: Sendable {
  fileprivate struct Declaration {
    let name: String
    let dtype: DType
    let shape: Shape
  }

  private var declarations: [Declaration] = []
  private var metadata: [(key: String, value: String)] = []
  private var reservedByteCount = 0

  /// Starts a file without tensors.
  ///
  /// - Parameter count: The tensors to reserve memory for.
  public init(reserving count: Int = 0) { declarations.reserveCapacity(count) }

  /// Adds a tensor; data lie in the order of declaration.
  ///
  /// - Parameters:
  ///   - name: Not used before, and not `__metadata__`.
  ///   - dtype: The element type.
  ///   - shape: The dimensions.
  /// - Returns: The index of its range in the layout.
  @discardableResult
  public mutating func declare(_ name: String, dtype: DType, shape: Shape) -> Int {
    declarations.append(Declaration(name: name, dtype: dtype, shape: shape))
    return declarations.count - 1
  }

  /// Adds an entry to `__metadata__`.
  ///
  /// - Parameters:
  ///   - key: Not used before.
  ///   - value: Any text, JSON included.
  public mutating func addMetadata(_ key: String, _ value: String) {
    metadata.append((key, value))
  }

  /// Makes room for metadata that only ``SafetensorsLayout/writeHeader(into:lateMetadata:)`` gets.
  ///
  /// - Parameter byteCount: UTF-8 bytes of all late keys and values as JSON strings, escapes
  ///   included, and 4 bytes for each entry's quotes, colon and comma.
  public mutating func reserve(metadataByteCount byteCount: Int) {
    reservedByteCount += byteCount
  }

  /// Places everything.
  ///
  /// - Throws: ``CodingError/Code/sizeOverflow`` with the tensor's name.
  public func layout() throws(CodingError) -> SafetensorsLayout {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(declarations.count)
    var end = 0
    for declaration in declarations {
      let (size, overflow) = declaration.shape.elementCount.multipliedReportingOverflow(
        by: declaration.dtype.byteSize)
      let (next, isPast) = end.addingReportingOverflow(size)
      // A thousandth of the address space stays free for the header.
      guard !overflow, !isPast, next <= Int.max - Int.max >> 10 else {
        throw CodingError(.sizeOverflow, .safetensors).with(tensor: declaration.name)
      }
      ranges.append(end..<next)
      end = next
    }
    return SafetensorsLayout(
      header(ranges), hasMetadata: !metadata.isEmpty, reserved: reservedByteCount, ranges: ranges)
  }

  /// The header, except for late metadata and the brackets that end it.
  private func header(_ ranges: [Range<Int>]) -> JSONWriter {
    var writer = JSONWriter(reserving: 128 * declarations.count + 64 + reservedByteCount)
    writer.beginObject()
    for (declaration, range) in zip(declarations, ranges) {
      writer.key(declaration.name)
      writer.entry(declaration.dtype, declaration.shape.dimensions, range)
    }
    if !metadata.isEmpty {
      writer.beginMetadata()
      for (key, value) in metadata { writer.field(key, value) }
    }
    return writer
  }
}

/// Where everything lies in a safetensors file that is about to be written.
public struct SafetensorsLayout: Sendable {
  /// Tensor data start at a multiple of this, so that an aligned buffer gives aligned tensors.
  public static let dataAlignment = 64

  /// The size of the file.
  public let byteCount: Int
  /// Where each tensor's data lie in the file, in the order of declaration.
  public let ranges: [Range<Int>]
  /// Where the data start.
  public let dataOffset: Int
  /// Up to where late metadata go; `__metadata__` is open if there is any yet.
  private let header: JSONWriter
  private let hasMetadata: Bool

  fileprivate init(
    _ header: JSONWriter, hasMetadata: Bool, reserved: Int, ranges: [Range<Int>]
  ) {
    self.header = header
    self.hasMetadata = hasMetadata
    // Reserving may be all that makes `__metadata__` appear.
    let ending = hasMetadata ? 2 : reserved > 0 ? Self.emptyMetadataByteCount + 1 : 1
    let alignment = Self.dataAlignment
    let end = 8 + header.bytes.count + ending + reserved
    let dataOffset = (end + alignment - 1) / alignment * alignment
    self.dataOffset = dataOffset
    self.ranges = ranges.map { $0.lowerBound + dataOffset..<$0.upperBound + dataOffset }
    byteCount = dataOffset + (ranges.last?.upperBound ?? 0)
  }

  /// Writes the first ``dataOffset`` bytes of the file.
  ///
  /// - Parameters:
  ///   - file: At least ``dataOffset`` bytes; nothing behind them is touched.
  ///   - lateMetadata: Entries for which room was reserved.
  /// - Throws: ``CodingError/Code/headerTooLarge`` when the late entries need more room.
  public func writeHeader(
    into file: inout MutableRawSpan, lateMetadata: [(key: String, value: String)] = []
  ) throws(CodingError) {
    var header = header
    if !lateMetadata.isEmpty, !hasMetadata { header.beginMetadata() }
    for (key, value) in lateMetadata { header.field(key, value) }
    if hasMetadata || !lateMetadata.isEmpty { header.endObject() }
    header.endObject()
    let text = header.bytes
    guard 8 + text.count <= dataOffset, dataOffset <= file.byteCount else {
      throw CodingError(.headerTooLarge, .safetensors)
    }
    file.storeBytes(of: UInt64(dataOffset - 8).littleEndian, as: UInt64.self)
    var place = file._mutatingExtracting(8..<dataOffset)
    // The text is no longer than the place; the pointer is used only inside the closure.
    unsafe place.withUnsafeMutableBytes { place in
      unsafe place.copyBytes(from: text)
      unsafe place[text.count...].initializeMemory(as: UInt8.self, repeating: UInt8(ascii: " "))
    }
  }

  /// `,"__metadata__":{}`.
  private static let emptyMetadataByteCount = 18
}

extension JSONWriter {
  /// Writes what the header says of one tensor, of which nothing needs an escape.
  fileprivate mutating func entry(_ dtype: DType, _ dimensions: [Int], _ range: Range<Int>) {
    appendValue(reserving: 20 * dimensions.count + 96) { text in
      text.append(literal: "{\"dtype\":\"")
      for character in dtype.rawValue.utf8 { text.append(character) }
      text.append(literal: "\",\"shape\":[")
      for axis in dimensions.indices {
        if axis > 0 { text.append(UInt8(ascii: ",")) }
        text.append(decimal: dimensions[axis])
      }
      text.append(literal: "],\"data_offsets\":[")
      text.append(decimal: range.lowerBound)
      text.append(UInt8(ascii: ","))
      text.append(decimal: range.upperBound)
      text.append(literal: "]}")
    }
  }

  fileprivate mutating func beginMetadata() {
    key("__metadata__")
    beginObject()
  }
}

import Tensors

/// The header of a safetensors file, after all checks.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let dtype: SafetensorsDType
    let shape: Shape
    /// Bytes, counted from the start of the data.
    let range: Range<Int>
  }

  static let lengthByteCount = 8

  let entries: [Entry]
  let metadata: [(key: String, value: String)]
  /// Where the data start in the file.
  let dataOffset: Int
  /// The size of the file with all of its tensors.
  let fileByteCount: Int

  /// Reads the header at the beginning of `file`, which may be no more than that.
  ///
  /// Without a `fileByteCount` the file has as many bytes as the tensors need.
  init(
    _ file: RawSpan, fileByteCount: Int?, limits: CodingLimits
  ) throws(CodingError) {
    let length = try Self.headerLength(file, fileByteCount: fileByteCount, limits: limits)
    dataOffset = Self.lengthByteCount + length
    let text = file.extracting(Self.lengthByteCount..<dataOffset)
    let object = try Self.parse(text, limits: limits)
    var entries: [Entry] = []
    var metadata: [(key: String, value: String)] = []
    for (name, value) in object.members {
      if name == "__metadata__" {
        metadata = try Self.metadata(value)
      } else {
        guard entries.count < limits.maximumTensors else {
          throw CodingError(.tooManyTensors, .safetensors)
        }
        entries.append(try Self.entry(name, value, limits: limits))
      }
    }
    // Offsets are written as integers and so at most 2^53.
    self.fileByteCount =
      fileByteCount ?? dataOffset + (entries.map(\.range.upperBound).max() ?? 0)
    try Self.checkCoverage(entries, dataByteCount: self.fileByteCount - dataOffset)
    self.entries = entries
    self.metadata = metadata
  }

  func fileRange(of entry: Entry) -> Range<Int> {
    dataOffset + entry.range.lowerBound..<dataOffset + entry.range.upperBound
  }

  static func headerLength(
    _ file: RawSpan, fileByteCount: Int?, limits: CodingLimits
  ) throws(CodingError) -> Int {
    guard file.byteCount >= lengthByteCount else {
      throw CodingError(.headerLengthTruncated, .safetensors, offset: file.byteCount)
    }
    // Eight bytes are there.
    let stored = unsafe file.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
    let length = UInt64(littleEndian: stored)
    guard length <= UInt64(max(limits.maximumHeaderBytes, 0)) else {
      throw CodingError(.headerTooLarge, .safetensors, offset: 0)
    }
    if let fileByteCount, length > UInt64(fileByteCount - lengthByteCount) {
      throw CodingError(.headerOutOfBounds, .safetensors, offset: 0)
    }
    return Int(length)
  }

  private static func parse(_ text: RawSpan, limits: CodingLimits) throws(CodingError) -> JSONObject
  {
    // A byte is there if the header is not empty.
    guard text.byteCount > 0,
      unsafe text.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == UInt8(ascii: "{")
    else { throw CodingError(.headerNotAnObject, .safetensors, offset: lengthByteCount) }
    var limits = limits
    // An object, a tensor's entry, its shape; nothing is nested more deeply.
    limits.maximumDepth = 4
    limits.maximumDocumentBytes = text.byteCount
    do throws(CodingError) {
      guard case .object(let object) = try JSONDocument.parse(text, limits: limits) else {
        throw CodingError(.headerNotAnObject, .json, offset: 0)
      }
      return object
    } catch {
      throw CodingError(
        error.code, .safetensors, offset: error.offset.map { $0 + lengthByteCount },
        pointer: error.pointer)
    }
  }

  private static func metadata(
    _ value: JSONValue
  ) throws(CodingError) -> [(key: String, value: String)] {
    let pointer = JSONPointer.root.appending("__metadata__")
    guard case .object(let object) = value else {
      throw CodingError(.invalidMetadata, .safetensors, pointer: pointer)
    }
    var metadata: [(key: String, value: String)] = []
    for (key, value) in object.members {
      guard case .string(let text) = value else {
        throw CodingError(.invalidMetadata, .safetensors, pointer: pointer.appending(key))
      }
      metadata.append((key, text))
    }
    return metadata
  }
}

// One tensor.
extension SafetensorsHeader {
  private static func entry(
    _ name: String, _ value: JSONValue, limits: CodingLimits
  ) throws(CodingError) -> Entry {
    let pointer = JSONPointer.root.appending(name)
    func error(_ code: CodingError.Code, _ field: String) -> CodingError {
      CodingError(code, .safetensors, pointer: pointer.appending(field)).with(tensor: name)
    }
    guard case .object(let object) = value else {
      throw CodingError(.invalidTensorEntry, .safetensors, pointer: pointer).with(tensor: name)
    }
    if let unknown = object.unknownKeys(besides: ["dtype", "shape", "data_offsets"], limit: 1).first
    {
      throw error(.invalidTensorEntry, unknown)
    }
    guard case .string(let spelling)? = object["dtype"] else {
      throw error(.invalidTensorEntry, "dtype")
    }
    guard let dtype = SafetensorsDType(rawValue: spelling) else {
      throw error(.unknownDType, "dtype").expecting(spelling)
    }
    guard let dimensions = lengths(object["shape"]), dimensions.count <= limits.maximumRank else {
      throw error(.invalidTensorEntry, "shape")
    }
    guard let offsets = lengths(object["data_offsets"]), offsets.count == 2 else {
      throw error(.invalidTensorEntry, "data_offsets")
    }
    guard offsets[0] <= offsets[1] else { throw error(.offsetsReversed, "data_offsets") }
    guard let shape = try? Shape(checking: dimensions) else { throw error(.sizeOverflow, "shape") }
    let (bits, overflow) = shape.elementCount.multipliedReportingOverflow(by: dtype.bitCount)
    guard !overflow else { throw error(.sizeOverflow, "shape") }
    guard bits % 8 == 0, bits / 8 == offsets[1] - offsets[0] else {
      throw error(.sizeMismatch, "data_offsets")
    }
    return Entry(name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// A list of numbers that are not negative and were written as integers.
  private static func lengths(_ value: JSONValue?) -> [Int]? {
    switch value {
    case .array(let values)? where values.isEmpty: []
    case .numbers(let numbers)?:
      numbers.integers.flatMap { integers in
        integers.allSatisfy { $0 >= 0 } ? integers : nil
      }
    default: nil
    }
  }

  /// Checks that the tensors cover the data once, without holes.
  private static func checkCoverage(
    _ entries: [Entry], dataByteCount: Int
  ) throws(CodingError) {
    if let entry = entries.first(where: { $0.range.upperBound > dataByteCount }) {
      throw CodingError(.offsetsOutOfBounds, .safetensors).with(tensor: entry.name)
    }
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in sorted {
      guard entry.range.lowerBound == end else {
        let code: CodingError.Code = entry.range.lowerBound > end ? .hole : .overlap
        throw CodingError(code, .safetensors).with(tensor: entry.name)
      }
      end = entry.range.upperBound
    }
    guard end == dataByteCount else { throw CodingError(.trailingBytes, .safetensors) }
  }
}

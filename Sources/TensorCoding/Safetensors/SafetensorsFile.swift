public import Tensors

/// A safetensors file, checked against every rule of its format, whose tensors are views of it.
///
/// The rules are those of the format's own description: an 8-byte little-endian header length, a
/// JSON header that starts with `{` and may end in spaces, and data that the tensors cover without
/// holes, overlaps or trailing bytes. `docs/wire-format.md` lists them.
public struct SafetensorsFile: Sendable {
  /// A tensor whose dtype the format knows, but ``DType`` does not.
  public struct UnsupportedTensor: Sendable, Equatable {
    /// The tensor's name.
    public let name: String
    /// The dtype as the file spells it.
    public let dtype: String
    /// The dimensions.
    public let shape: Shape
    /// Where its bytes lie in the file.
    public let byteRange: Range<Int>
  }

  /// The tensors in the order of the header; no name occurs twice.
  public let tensors: [(name: String, tensor: Tensor)]
  /// Tensors that the file holds correctly, but that nothing here can read.
  public let unsupported: [UnsupportedTensor]
  /// The entries of `__metadata__` in the order of the header; no key occurs twice.
  public let metadata: [(key: String, value: String)]

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - storage: The file's bytes, but for parts that were condensed; the tensors keep it alive.
  ///     Its outline, if it has one, is the file's, read under no wider limits.
  ///   - limits: What the header may cost.
  /// - Throws: A ``CodingError`` with the offset in the file or the tensor's name.
  public init(
    storage: TensorStorage, limits: CodingLimits = CodingLimits()
  ) throws(CodingError) {
    let condensed = storage.condensed
    let size = condensed.reduce(storage.byteCount) { $0 + $1.range.count }
    let known = storage.outline as? SafetensorsOutline
    let header =
      if let known, known.fileByteCount == size { known.header } else {
        try SafetensorsHeader(storage.bytes, fileByteCount: size, limits: limits)
      }
    var tensors: [(name: String, tensor: Tensor)] = []
    var unsupported: [UnsupportedTensor] = []
    for entry in header.entries {
      guard let dtype = DType(rawValue: entry.dtype.rawValue) else {
        unsupported.append(
          UnsupportedTensor(
            name: entry.name, dtype: entry.dtype.rawValue, shape: entry.shape,
            byteRange: header.fileRange(of: entry)))
        continue
      }
      let range = header.fileRange(of: entry)
      if let part = condensed.first(where: { $0.range == range }) {
        tensors.append((entry.name, Tensor(dtype: dtype, shape: entry.shape, sums: part.sums)))
        continue
      }
      let missing = condensed.reduce(0) {
        $0 + ($1.range.lowerBound < range.lowerBound ? $1.range.count : 0)
      }
      let place = range.lowerBound - missing..<range.upperBound - missing
      tensors.append((entry.name, try Self.view(of: storage, entry, dtype, place)))
    }
    self.tensors = tensors
    self.unsupported = unsupported
    metadata = header.metadata
  }

  /// The tensor of a name; nil also for unsupported tensors.
  ///
  /// - Complexity: O(*tensors*).
  public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }

  /// The metadata entry of a key.
  ///
  /// - Parameter key: As in `__metadata__`.
  /// - Returns: Its text, nil if there is no such key.
  public func metadataValue(_ key: String) -> String? {
    metadata.first { $0.key == key }?.value
  }

  private static func view(
    of storage: TensorStorage, _ entry: SafetensorsHeader.Entry, _ dtype: DType, _ range: Range<Int>
  ) throws(CodingError) -> Tensor {
    do throws(TensorError) {
      return try Tensor(
        dtype: dtype, shape: entry.shape, storage: storage,
        byteOffset: range.lowerBound, byteCount: range.count)
    } catch {
      throw CodingError(.sizeMismatch, .safetensors).with(tensor: entry.name)
    }
  }
}

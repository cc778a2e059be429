public import TensorCoding
public import Tensors

/// One case of the reference vectors in `Tests/Fixtures/Reference`: parameters and named tensors.
public struct ReferenceFixture: Sendable, CustomStringConvertible {
  /// What can be missing from a fixture.
  public enum Failure: Error {
    /// The file has no such tensor.
    case noTensor(String)
  }

  /// The name of the case.
  public let name: String
  /// The kind of the case, as the README lists them.
  public let kind: String
  /// The whole description.
  public let description: String
  /// `params` of the description.
  public let parameters: JSONObjectCursor
  /// `margins` of the description.
  public let margins: JSONObjectCursor
  private let file: SafetensorsFile
  private let storage: TensorStorage

  /// Loads a case.
  ///
  /// - Parameter name: The file name without extension.
  /// - Throws: What reading and decoding the two files throws.
  public init(_ name: String) throws {
    let text = try Self.read("\(name).json")
    let document = JSONCursor(try JSONDocument.parse(text.bytes))
    let object = try document.object(allowing: nil)
    let kind = try object.required("kind").string()
    let storage = try Self.read("\(name).safetensors")
    let parameters = try object.required("params").object(allowing: nil)
    let margins = try object.required("margins").object(allowing: nil)
    let file = try SafetensorsFile(storage: storage)
    self.name = name
    self.parameters = parameters
    self.margins = margins
    self.file = file
    self.kind = kind
    self.storage = storage
    description = "\(kind) \(name)"
  }

  /// The names of all cases of a kind, in the order of the manifest.
  ///
  /// - Parameter kind: As the README lists them.
  /// - Returns: At least one name, or none if the kind is misspelt.
  public static func names(ofKind kind: String) -> [String] {
    (try? manifest().filter { $0.kind == kind }.map(\.name)) ?? []
  }

  /// All cases with their kinds.
  ///
  /// - Returns: In the order of the manifest.
  /// - Throws: What reading the manifest throws.
  public static func manifest() throws -> [(name: String, kind: String)] {
    let text = try read("manifest.json")
    let manifest = JSONCursor(try JSONDocument.parse(text.bytes))
    let files = try manifest.object(allowing: nil).required("files").array()
    return try files.map {
      let file = try $0.object(allowing: nil)
      return (try file.required("name").string(), try file.required("kind").string())
    }
  }

  /// The names of the tensors that ``tensor(_:)`` gives.
  public var tensorNames: [String] { file.tensors.map(\.name) }

  /// Whether the case has a tensor.
  ///
  /// - Parameter name: As in the README.
  /// - Returns: Also true for tensors of 64 bits.
  public func has(_ name: String) -> Bool {
    file[name] != nil || file.unsupported.contains { $0.name == name }
  }

  /// A tensor, as a view of the file.
  ///
  /// - Parameter name: As in the README.
  /// - Returns: Any dtype of 32 bits or less.
  /// - Throws: ``Failure/noTensor(_:)``.
  public func tensor(_ name: String) throws -> Tensor {
    guard let tensor = file[name] else { throw Failure.noTensor(name) }
    return tensor
  }

  /// The elements of a tensor, widened to binary32.
  ///
  /// - Parameter name: As in the README.
  /// - Returns: Row-major.
  /// - Throws: ``Failure/noTensor(_:)``.
  public func floats(_ name: String) throws -> [Float] {
    let tensor = try tensor(name)
    return (0..<tensor.shape.elementCount).map { tensor.float(at: $0) }
  }

  /// The elements of an integer tensor.
  ///
  /// - Parameter name: As in the README.
  /// - Returns: Row-major.
  /// - Throws: ``Failure/noTensor(_:)``, also for real numbers.
  public func integers(_ name: String) throws -> [Int] {
    let tensor = try tensor(name)
    guard !tensor.dtype.isReal else { throw Failure.noTensor(name) }
    // In range: the tensor has one element for each index.
    return (0..<tensor.shape.elementCount).map { index in
      tensor.dtype == .uint8
        ? Int(unsafe tensor.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self))
        : Int(unsafe tensor.bytes.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
    }
  }

  /// The rows of a `[rows, columns]` table of binary64 numbers.
  ///
  /// - Parameter name: As in the README.
  /// - Returns: One array for each row.
  /// - Throws: ``Failure/noTensor(_:)``.
  public func table(_ name: String) throws -> [[Double]] {
    guard let table = file.unsupported.first(where: { $0.name == name && $0.dtype == "F64" }),
      table.shape.rank == 2
    else { throw Failure.noTensor(name) }
    var rows: [[Double]] = []
    for offset in stride(
      from: table.byteRange.lowerBound, to: table.byteRange.upperBound, by: 8 * table.shape[1])
    {
      var row: [Double] = []
      for column in 0..<table.shape[1] {
        let start = offset + 8 * column
        // In range: the reader compared the table's size with its shape.
        row.append(unsafe storage.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: Double.self))
      }
      rows.append(row)
    }
    return rows
  }
}

// Parameters, and files.
extension ReferenceFixture {
  /// A number among the parameters.
  ///
  /// - Parameter name: As in the JSON file.
  /// - Returns: The nearest binary64.
  /// - Throws: ``CodingError`` if there is none, or none of this type.
  public func double(_ name: String) throws -> Double {
    try parameters.required(name).double()
  }

  /// An integer among the parameters.
  ///
  /// - Parameter name: As in the JSON file.
  /// - Returns: The value.
  /// - Throws: ``CodingError`` if there is none, or none of this type.
  public func integer(_ name: String) throws -> Int {
    try parameters.required(name).integer()
  }

  /// A list of numbers among the parameters.
  ///
  /// - Parameter name: As in the JSON file.
  /// - Returns: The nearest binary64 of each.
  /// - Throws: ``CodingError`` if there is none, or none of this type.
  public func doubles(_ name: String) throws -> [Double] {
    try parameters.required(name).array().map { try $0.double() }
  }

  private static func read(_ file: String) throws -> TensorStorage {
    let contents = try FixtureFile.contents(of: "Reference/\(file)")
    return TensorStorage(byteCount: contents.count) { bytes in
      for (offset, byte) in contents.enumerated() {
        bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
      }
    }
  }
}

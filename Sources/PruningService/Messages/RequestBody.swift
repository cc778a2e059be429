internal import TensorCoding
internal import Tensors
internal import TokenPruning

/// A tensor of a request, read from its encoding only when it is needed.
enum TensorPart {
  /// A tensor object of a JSON document, and where memory for its elements comes from.
  case json(JSONValue, (any StorageSource)?)
  /// A tensor object whose elements lie in shared memory.
  case reference(JSONValue, ReferencedMemory)
  /// A view of a safetensors body.
  case view(Tensor)
  /// A tensor of a safetensors body whose element type is not supported.
  case unsupported(SafetensorsFile.UnsupportedTensor)

  /// A member that is a tensor; where there is memory, it may refer to it.
  init(_ value: JSONValue, memory: ReferencedMemory?, source: (any StorageSource)?) {
    if let memory, case .object(let object) = value, object[MemoryReference.member] != nil {
      self = .reference(value, memory)
    } else {
      self = .json(value, source)
    }
  }

  /// Whether the elements came as base64.
  var isBase64: Bool {
    guard case .json(.object(let object), _) = self else { return false }
    return object["base64"] != nil
  }

  /// The tensor, which is the member `name` of the object at `place`.
  func tensor(
    _ name: TensorName, in place: JSONPointer, limits: CodingLimits
  ) throws(ServiceProblem) -> Tensor {
    switch self {
    case .view(let tensor): return tensor
    case .unsupported(let tensor): throw ServiceProblem(tensor)
    case .reference(let value, let memory):
      return try memory.tensor(value, name, at: place.appending(name.rawValue), limits: limits)
    case .json(let value, let source):
      let pointer = place.appending(name.rawValue)
      do throws(CodingError) {
        return try TensorJSON.decode(
          JSONCursor(value, at: pointer), limits: limits, source: source)
      } catch { throw ServiceProblem(error, at: pointer, in: name) }
    }
  }
}

/// A request taken apart into its JSON fields and its tensors, whichever encoding carried it.
struct RequestBody {
  /// The top-level fields; in JSON those that are tensors have been read already.
  var fields: FieldReader
  /// What tensor objects may refer to; nil where they may not.
  let memory: ReferencedMemory?
  /// Where memory for decoded tensors comes from.
  let source: (any StorageSource)?
  /// Whether tensors are objects inside the JSON fields.
  let hasTensorObjects: Bool
  /// The top-level tensors by name.
  private(set) var shared = TensorTable<TensorPart>()
  /// The tensors named `items.<i>.<name>` of a safetensors body.
  private(set) var perItem: [Int: TensorTable<TensorPart>] = [:]

  /// Takes a body apart.
  ///
  /// - Parameters:
  ///   - body: All bytes of the body.
  ///   - encoding: What they are.
  ///   - names: The tensors that the route knows.
  ///   - limits: Bounds on what is read.
  ///   - memory: What tensor objects may refer to.
  /// - Throws: 400 for bytes that are not what they claim, 422 for an unknown tensor.
  init(
    _ body: TensorStorage, as encoding: MessageEncoding, names: [TensorName], limits: CodingLimits,
    memory: ReferencedMemory? = nil
  ) throws(ServiceProblem) {
    self.memory = memory
    source = body.source
    hasTensorObjects = encoding == .json
    switch encoding {
    case .json:
      fields = try Self.fields { () throws(CodingError) in
        try JSONDocument.parse(body, limits: limits)
      }
      shared = fields.tensors(named: names, memory: memory, source: source)
    case .safetensors:
      let file: SafetensorsFile
      do throws(CodingError) {
        file = try SafetensorsFile(storage: body, limits: limits)
      } catch { throw ServiceProblem(error) }
      let text = file.metadataValue("request") ?? "{}"
      fields = try Self.fields { () throws(CodingError) in
        // The bytes of a string's UTF-8 are all initialised.
        unsafe try JSONDocument.parse(text.utf8Span.span.bytes, limits: limits)
      }
      fields.outside = names
      try fields.refuseTensors()
      for (name, tensor) in file.tensors { try place(.view(tensor), named: name, known: names) }
      for tensor in file.unsupported {
        try place(.unsupported(tensor), named: tensor.name, known: names)
      }
    }
  }

  private static func fields(
    _ parse: () throws(CodingError) -> JSONValue
  ) throws(ServiceProblem) -> FieldReader {
    let document: JSONValue
    do throws(CodingError) {
      document = try parse()
    } catch { throw ServiceProblem(error) }
    return try FieldReader(document, at: .root)
  }

  private mutating func place(
    _ part: TensorPart, named name: String, known: [TensorName]
  ) throws(ServiceProblem) {
    if let shared = TensorName(rawValue: name), known.contains(shared) {
      self.shared[shared] = part
      return
    }
    let parts =
      name.utf8.count > Self.longestName
      ? [] : name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "items", let index = Self.itemIndex(parts[1]),
      let own = TensorName(rawValue: String(parts[2])), known.contains(own)
    else {
      throw .field(JSONPointer(tensorNamed: name), "is not a tensor of this request")
    }
    perItem[index, default: TensorTable()][own] = part
  }

  /// More than `items.<i>.<name>` can have; longer names are not taken apart.
  private static let longestName = 64

  /// A decimal number of at most nine digits, without sign or leading zero.
  private static func itemIndex(_ text: Substring) -> Int? {
    guard text.utf8.count <= 9, let index = Int(text), index >= 0, String(index) == text else {
      return nil
    }
    return index
  }
}

extension ServiceProblem {
  /// A tensor of a file whose element type is not supported.
  fileprivate init(_ tensor: SafetensorsFile.UnsupportedTensor) {
    self.init(
      .unsupportedDType, at: JSONPointer(tensorNamed: tensor.name),
      "\(tensor.dtype) is not supported",
      extensions: [
        .tensor(tensor.name.split(separator: ".").last.map(String.init) ?? ""),
        .supported(DType.allCases.map(\.rawValue)),
      ])
  }
}

extension FieldReader {
  /// Takes the members that are tensors.
  mutating func tensors(
    named names: [TensorName], memory: ReferencedMemory?, source: (any StorageSource)?
  ) -> TensorTable<TensorPart> {
    var parts = TensorTable<TensorPart>()
    for name in names {
      if let value = value(name.rawValue) {
        parts[name] = TensorPart(value, memory: memory, source: source)
      }
    }
    return parts
  }
}

public import TokenPruning

/// One fact of an answer, before an encoding is chosen.
///
/// JSON writes every value in place. Safetensors writes arrays and rows as tensors whose names
/// are the path to them, and everything else into the metadata.
public enum AnswerValue: Sendable {
  /// Text.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// A real number; finite.
  case number(Double)
  /// A truth value.
  case boolean(Bool)
  /// No value, where a list needs a place for it.
  case null
  /// Values in order.
  case list([AnswerValue])
  /// Real numbers in order, of which there can be millions; finite.
  case numbers([Double])
  /// Whole numbers in order, of which there can be millions.
  case integers([Int])
  /// Named values in order.
  case object(AnswerObject)
  /// Numbers of one type: a plain list in JSON, a tensor in safetensors.
  case array(AnswerArray)
  /// Pruned tokens: a tensor object in JSON, a tensor in safetensors.
  indirect case rows(TokenRows)
}

/// Named values in the order in which they are written.
public struct AnswerObject: Sendable {
  /// A named value.
  public struct Member: Sendable {
    /// The name.
    public let name: String
    /// What it stands for.
    public let value: AnswerValue
  }

  /// The members, each name once.
  public private(set) var members: [Member] = []

  /// Makes an object without members.
  public init() { members.reserveCapacity(Self.usualCount) }

  /// Most objects have no more members than this; those with more grow.
  private static let usualCount = 8

  /// Adds a member, or nothing where there is no value.
  public mutating func append(_ name: String, _ value: AnswerValue?) {
    guard let value else { return }
    members.append(Member(name: name, value: value))
  }

  /// The value of the member `name`.
  public subscript(name: String) -> AnswerValue? { members.first { $0.name == name }?.value }
}

/// Numbers of one element type with a shape.
public struct AnswerArray: Sendable, Equatable {
  /// The numbers, row-major.
  public enum Elements: Sendable, Equatable {
    /// Indices and counts.
    case int32([Int32])
    /// Masks.
    case uint8([UInt8])
    /// Real numbers.
    case float32([Float])
  }

  /// The numbers.
  public let elements: Elements
  private let axes: [Int]?

  /// The dimensions in safetensors; JSON writes one flat list.
  public var dimensions: [Int] { axes ?? [elements.count] }

  /// Makes an array; its elements fill the dimensions.
  public init(_ elements: Elements, dimensions: [Int]? = nil) {
    self.elements = elements
    axes = dimensions == [elements.count] ? nil : dimensions
  }
}

extension AnswerArray.Elements {
  /// How many numbers there are.
  public var count: Int {
    switch self {
    case .int32(let values): values.count
    case .uint8(let values): values.count
    case .float32(let values): values.count
    }
  }
}

/// Pruned tokens that are gathered only when the answer is written, straight into its memory.
public struct TokenRows: Sendable {
  /// What gathers.
  public let pruner: Pruner
  /// The rows to gather.
  public let selection: Selection
  /// Where they come from.
  public let input: PruningInput
  /// Whether JSON writes base64 instead of numbers, as the request did.
  public let asBase64: Bool
  let place: ItemPlace
}

extension AnswerValue {
  static func int32s(_ values: [Int32]) -> AnswerValue { .array(AnswerArray(.int32(values))) }
  static func uint8s(_ values: [UInt8]) -> AnswerValue { .array(AnswerArray(.uint8(values))) }
  static func floats(_ values: [Float]) -> AnswerValue { .array(AnswerArray(.float32(values))) }
}

/// A whole answer, before an encoding is chosen.
public struct AnswerDocument: Sendable {
  /// The members of the answer.
  public var body: AnswerObject
  /// Whether the phases' durations are told.
  public var tellsTiming: Bool
  /// Status, fields and content that are not members.
  var head = AnswerHead()

  /// Makes an answer.
  public init(_ body: AnswerObject, tellsTiming: Bool) {
    self.body = body
    self.tellsTiming = tellsTiming
  }
}

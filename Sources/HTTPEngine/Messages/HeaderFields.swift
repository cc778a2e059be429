/// Field lines in order, looked up by case-insensitive name; repeats are kept (RFC 9110 §5).
public struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral {
  /// Where one line's name and value lie in `wire`.
  struct Line: Sendable {
    var nameStart: UInt32
    var nameCount: UInt32
    var valueStart: UInt32
    var valueCount: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }
  }

  /// All lines as they appear on the wire, each ended by CRLF, so that writing is one copy.
  private(set) var wire: [UInt8]
  private(set) var lines: [Line]
  /// Which of the names that the engine cares about are present.
  private(set) var known: KnownField.Set
  /// False once a name or value that must not be sent was appended.
  private(set) var isWellFormed = true

  /// Makes an empty list.
  public init() {
    wire = []
    lines = []
    known = []
  }

  /// Makes a list from name and value pairs, repeats included.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { append(name, value) }
  }

  /// Takes over lines that a parser has found in `wire`.
  init(wire: [UInt8], lines: [Line]) {
    self.wire = wire
    self.lines = lines
    known = []
    for line in lines { known.insert(KnownField(wire.span.extracting(line.name))) }
  }

  /// The number of lines.
  public var count: Int { lines.count }

  /// True when there are no lines.
  public var isEmpty: Bool { lines.isEmpty }

  /// Adds a line after the others.
  public mutating func append(_ name: String, _ value: String) {
    let start = wire.count
    wire.append(contentsOf: name.utf8)
    let nameCount = wire.count - start
    wire.append(UInt8(ascii: ":"))
    wire.append(UInt8(ascii: " "))
    let valueStart = wire.count
    wire.append(contentsOf: value.utf8)
    let line = Line(
      nameStart: UInt32(start), nameCount: UInt32(nameCount),
      valueStart: UInt32(valueStart), valueCount: UInt32(wire.count - valueStart))
    wire.append(UInt8(ascii: "\r"))
    wire.append(UInt8(ascii: "\n"))
    adopt(line)
  }

  private mutating func adopt(_ line: Line) {
    let field = KnownField(wire.span.extracting(line.name))
    let canBeSent =
      Characters.isToken(wire.span.extracting(line.name))
      && Characters.isFieldValue(wire.span.extracting(line.value))
    isWellFormed = isWellFormed && canBeSent
    known.insert(field)
    lines.append(line)
  }

  /// Replaces every line of that name by one; it goes to the end.
  public mutating func set(_ name: String, _ value: String) {
    remove(name)
    append(name, value)
  }

  /// Removes every line of that name.
  public mutating func remove(_ name: String) {
    guard contains(name) else { return }
    let old = self
    self = HeaderFields()
    for line in old.lines where !old.matches(line, name) { append(line, of: old) }
  }

  /// The lines whose names the engine does not set itself.
  func removing(_ names: KnownField.Set) -> HeaderFields {
    var rest = HeaderFields()
    for line in lines where !names.contains(KnownField(wire.span.extracting(line.name))) {
      rest.append(line, of: self)
    }
    return rest
  }

  private mutating func append(_ line: Line, of other: HeaderFields) {
    append(
      String(decoding: other.wire[line.name], as: UTF8.self),
      String(decoding: other.wire[line.value], as: UTF8.self))
  }
}

/// Field lines in order, looked up by case-insensitive name; repeats are kept (RFC 9110 §5).
///
/// A value behind one reference: heads and responses are passed on often and changed seldom.
public struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral {
  /// Where one line's name and value lie in `wire`.
  struct Line: Sendable {
    var nameStart: UInt32
    var nameCount: UInt32
    var valueStart: UInt32
    var valueCount: UInt32
    /// Set when the line enters a block.
    var field = KnownField.other

    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    var value: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }
  }

  /// The lines of one value; never changed once it is shared.
  final class Block: Sendable {
    let wire: [UInt8]
    let lines: [Line]
    let known: KnownField.Set
    let isWellFormed: Bool

    init(_ contents: borrowing Contents) {
      wire = contents.wire
      lines = contents.lines
      known = contents.known
      isWellFormed = contents.isWellFormed
    }
  }

  /// Lines that are being put together.
  struct Contents {
    /// All lines as they appear on the wire, each ended by CRLF, so that writing is one copy.
    var wire: [UInt8] = []
    var lines: [Line] = []
    /// Which of the names that the engine cares about are present.
    var known: KnownField.Set = []
    /// False once a name or value that must not be sent was appended.
    var isWellFormed = true
  }

  /// Nil when there are no lines.
  private(set) var block: Block?

  /// Makes an empty list.
  public init() {}

  /// Makes a list from name and value pairs, repeats included.
  public init(dictionaryLiteral elements: (String, String)...) {
    guard !elements.isEmpty else { return }
    var contents = Contents()
    for (name, value) in elements { contents.append(name, value) }
    block = Block(contents)
  }

  /// Takes over lines that a parser has found in `wire`.
  init(wire: consuming [UInt8], lines: consuming [Line]) {
    var contents = Contents(wire: wire, lines: lines)
    guard !contents.lines.isEmpty else { return }
    for index in contents.lines.indices {
      let field = KnownField(contents.wire.span.extracting(contents.lines[index].name))
      contents.lines[index].field = field
      contents.known.insert(field)
    }
    block = Block(contents)
  }

  private init(_ contents: Contents) {
    if !contents.lines.isEmpty { block = Block(contents) }
  }

  /// The number of lines.
  public var count: Int { block?.lines.count ?? 0 }

  /// True when there are no lines.
  public var isEmpty: Bool { block == nil }

  /// Whether every name and value may be sent.
  var isWellFormed: Bool { block?.isWellFormed ?? true }

  /// Which of the names that the engine cares about are present.
  var known: KnownField.Set { block?.known ?? [] }

  /// Adds a line after the others.
  public mutating func append(_ name: String, _ value: String) {
    var contents = contents { _ in true }
    contents.append(name, value)
    block = Block(contents)
  }

  /// Replaces every line of that name by one; it goes to the end.
  public mutating func set(_ name: String, _ value: String) {
    remove(name)
    append(name, value)
  }

  /// Removes every line of that name.
  public mutating func remove(_ name: String) {
    guard let block, contains(name) else { return }
    self = HeaderFields(contents { !block.matches($0, name) })
  }

  /// The lines without those names.
  func removing(_ names: KnownField.Set) -> HeaderFields {
    HeaderFields(contents { !names.contains($0.field) })
  }

  private func contents(where isKept: (Line) -> Bool) -> Contents {
    var contents = Contents()
    guard let block else { return contents }
    for line in block.lines where isKept(line) {
      contents.append(block.wire[line.name], block.wire[line.value])
    }
    return contents
  }
}

extension HeaderFields.Contents {
  /// Adds a line and checks it.
  mutating func append(_ name: String, _ value: String) { append(name.utf8, value.utf8) }

  mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    let start = wire.count
    wire.append(contentsOf: name)
    let nameEnd = wire.count
    wire.append(UInt8(ascii: ":"))
    wire.append(UInt8(ascii: " "))
    let valueStart = wire.count
    wire.append(contentsOf: value)
    let valueEnd = wire.count
    wire.append(UInt8(ascii: "\r"))
    wire.append(UInt8(ascii: "\n"))
    let canBeSent =
      Characters.isToken(wire.span.extracting(start..<nameEnd))
      && Characters.isFieldValue(wire.span.extracting(valueStart..<valueEnd))
    isWellFormed = isWellFormed && canBeSent
    let field = KnownField(wire.span.extracting(start..<nameEnd))
    known.insert(field)
    lines.append(
      HeaderFields.Line(
        nameStart: UInt32(start), nameCount: UInt32(nameEnd - start),
        valueStart: UInt32(valueStart), valueCount: UInt32(valueEnd - valueStart), field: field))
  }
}

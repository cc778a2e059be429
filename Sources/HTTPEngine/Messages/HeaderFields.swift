/// Field lines in order, looked up by case-insensitive name; repeats are kept (RFC 9110 §5).
///
/// Two arrays, which copies share until one of them changes: heads and answers are passed on often
/// and changed seldom.
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

  /// All lines as they appear on the wire, each ended by CRLF, so that writing is one copy.
  private(set) var wire: [UInt8] = []
  private(set) var lines: [Line] = []
  /// Which of the names that the engine cares about are present.
  private(set) var known: KnownField.Set = []
  /// Whether every name and value may be sent.
  private(set) var isWellFormed = true

  /// Makes an empty list.
  public init() {}

  /// Makes a list from name and value pairs, repeats included.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  /// Takes over lines that a parser has found in `wire`.
  init(wire: consuming [UInt8], lines: consuming [Line]) {
    for index in lines.indices {
      let field = KnownField(wire.span.extracting(lines[index].name))
      lines[index].field = field
      known.insert(field)
    }
    self.wire = wire
    self.lines = lines
  }

  /// The number of lines.
  public var count: Int { lines.count }

  /// True when there are no lines.
  public var isEmpty: Bool { lines.isEmpty }

  /// Whether both are the same memory, and so equal without a look at the lines.
  func sharesMemory(with other: HeaderFields) -> Bool {
    guard wire.count == other.wire.count else { return false }
    // The pointers are only compared.
    return unsafe wire.withUnsafeBufferPointer { mine in
      unsafe other.wire.withUnsafeBufferPointer { unsafe mine.baseAddress == $0.baseAddress }
    }
  }

  /// Adds a line after the others.
  public mutating func append(_ name: String, _ value: String) {
    append(name.utf8.span, value.utf8.span)
  }

  /// Adds a line, its value as bytes, after the others.
  public mutating func append(_ name: String, _ value: Span<UInt8>) {
    append(name.utf8.span, value)
  }

  /// Adds the lines of another list after the others.
  public mutating func append(_ other: HeaderFields) {
    let offset = UInt32(wire.count)
    makeRoom(bytes: other.wire.count, lines: other.lines.count)
    wire.append(contentsOf: other.wire)
    for var line in other.lines {
      line.nameStart += offset
      line.valueStart += offset
      lines.append(line)
    }
    known.formUnion(other.known)
    isWellFormed = isWellFormed && other.isWellFormed
  }

  /// Replaces every line of that name by one; it goes to the end.
  public mutating func set(_ name: String, _ value: String) {
    remove(name)
    append(name, value)
  }

  /// Removes every line of that name.
  public mutating func remove(_ name: String) {
    guard contains(name) else { return }
    self = filtered { !matches($0, name) }
  }

  /// The lines without those names.
  func removing(_ names: KnownField.Set) -> HeaderFields {
    filtered { !names.contains($0.field) }
  }

  private func filtered(_ isKept: (Line) -> Bool) -> HeaderFields {
    var kept = HeaderFields()
    for line in lines where isKept(line) {
      kept.append(wire.span.extracting(line.name), wire.span.extracting(line.value))
    }
    return kept
  }

  /// Adds a line and checks it.
  private mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    let start = wire.count
    makeRoom(bytes: name.count + value.count + 4, lines: 1)
    Self.append(name, to: &wire)
    wire.append(UInt8(ascii: ":"))
    wire.append(UInt8(ascii: " "))
    let valueStart = wire.count
    Self.append(value, to: &wire)
    wire.append(UInt8(ascii: "\r"))
    wire.append(UInt8(ascii: "\n"))
    isWellFormed =
      isWellFormed && Characters.isToken(name) && Characters.isFieldValue(value)
    let field = KnownField(name)
    known.insert(field)
    lines.append(
      Line(
        nameStart: UInt32(start), nameCount: UInt32(name.count),
        valueStart: UInt32(valueStart), valueCount: UInt32(value.count), field: field))
  }

  /// Takes memory for a usual answer at once; a longer one grows as arrays do.
  private mutating func makeRoom(bytes: Int, lines added: Int) {
    if wire.count + bytes <= 256 { wire.reserveCapacity(256) }
    if lines.count + added <= 8 { lines.reserveCapacity(8) }
  }

  private static func append(_ bytes: Span<UInt8>, to wire: inout [UInt8]) {
    // The pointer is used only inside the closure.
    unsafe bytes.withUnsafeBufferPointer { unsafe wire.append(contentsOf: $0) }
  }
}

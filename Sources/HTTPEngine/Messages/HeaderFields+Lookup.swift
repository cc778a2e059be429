extension HeaderFields: Equatable {
  /// The first value of that name; nil if absent.
  public subscript(name: String) -> String? {
    for line in lines where matches(line, name) { return text(line.value) }
    return nil
  }

  /// Every value of that name, in order.
  public func values(of name: String) -> [String] {
    lines.filter { matches($0, name) }.map { text($0.value) }
  }

  /// Whether a line of that name exists.
  public func contains(_ name: String) -> Bool {
    lines.contains { matches($0, name) }
  }

  /// Calls `body` with each name and value in order.
  public func forEach(_ body: (String, String) -> Void) {
    for line in lines { body(text(line.name), text(line.value)) }
  }

  /// Compares names without case, values exactly, order included.
  public static func == (left: HeaderFields, right: HeaderFields) -> Bool {
    guard left.count == right.count else { return false }
    for (one, other) in zip(left.lines, right.lines) {
      guard left.matches(one, right.text(other.name)) else { return false }
      guard left.wire[one.value] == right.wire[other.value] else { return false }
    }
    return true
  }

  func matches(_ line: Line, _ name: String) -> Bool {
    guard Int(line.nameCount) == name.utf8.count else { return false }
    var position = Int(line.nameStart)
    for byte in name.utf8 {
      guard Characters.lowercased(wire[position]) == Characters.lowercased(byte) else {
        return false
      }
      position += 1
    }
    return true
  }

  /// The values of a field that the engine knows, as byte ranges of `wire`.
  func ranges(of field: KnownField) -> [Range<Int>] {
    guard known.contains(field) else { return [] }
    return lines.filter { KnownField(wire.span.extracting($0.name)) == field }.map(\.value)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: wire[range], as: UTF8.self)
  }
}

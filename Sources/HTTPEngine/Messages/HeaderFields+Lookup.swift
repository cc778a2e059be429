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
  public func contains(_ name: String) -> Bool { lines.contains { matches($0, name) } }

  /// Compares names without case, values exactly, order included.
  public static func == (left: HeaderFields, right: HeaderFields) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left.lines, right.lines).allSatisfy { mine, theirs in
      left.matches(mine, right.text(theirs.name))
        && left.wire[mine.value] == right.wire[theirs.value]
    }
  }

  func matches(_ line: Line, _ name: String) -> Bool {
    let name = name.utf8.span
    guard Int(line.nameCount) == name.count else { return false }
    let own = wire.span.extracting(line.name)
    for index in name.indices
    where Characters.lowercased(own[index]) != Characters.lowercased(name[index]) {
      return false
    }
    return true
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: wire[range], as: UTF8.self)
  }
}

extension HeaderFields: Sequence {
  /// Walks names and values in order.
  public struct Iterator: IteratorProtocol {
    private let fields: HeaderFields
    private var index = 0

    init(_ fields: HeaderFields) { self.fields = fields }

    /// The next name and value.
    public mutating func next() -> (name: String, value: String)? {
      guard index < fields.lines.count else { return nil }
      let line = fields.lines[index]
      index += 1
      return (fields.text(line.name), fields.text(line.value))
    }
  }

  /// Starts at the first line.
  public func makeIterator() -> Iterator { Iterator(self) }
}

extension HeaderFields: Equatable {
  /// The first value of that name; nil if absent.
  public subscript(name: String) -> String? {
    guard let block else { return nil }
    for line in block.lines where block.matches(line, name) { return block.text(line.value) }
    return nil
  }

  /// Every value of that name, in order.
  public func values(of name: String) -> [String] {
    guard let block else { return [] }
    return block.lines.filter { block.matches($0, name) }.map { block.text($0.value) }
  }

  /// Whether a line of that name exists.
  public func contains(_ name: String) -> Bool {
    guard let block else { return false }
    return block.lines.contains { block.matches($0, name) }
  }

  /// Compares names without case, values exactly, order included.
  public static func == (left: HeaderFields, right: HeaderFields) -> Bool {
    guard left.count == right.count else { return false }
    guard let one = left.block, let other = right.block else { return true }
    return zip(one.lines, other.lines).allSatisfy { mine, theirs in
      one.matches(mine, other.text(theirs.name))
        && one.wire[mine.value] == other.wire[theirs.value]
    }
  }
}

extension HeaderFields: Sequence {
  /// Walks names and values in order.
  public struct Iterator: IteratorProtocol {
    private let block: Block?
    private var index = 0

    init(_ block: Block?) { self.block = block }

    /// The next name and value.
    public mutating func next() -> (name: String, value: String)? {
      guard let block, index < block.lines.count else { return nil }
      defer { index += 1 }
      return (block.text(block.lines[index].name), block.text(block.lines[index].value))
    }
  }

  /// Starts at the first line.
  public func makeIterator() -> Iterator { Iterator(block) }
}

extension HeaderFields.Block {
  func matches(_ line: HeaderFields.Line, _ name: String) -> Bool {
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

  func text(_ range: Range<Int>) -> String { String(decoding: wire[range], as: UTF8.self) }
}

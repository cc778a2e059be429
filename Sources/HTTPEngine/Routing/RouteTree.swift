/// Patterns as a tree of segments, flattened into an array.
struct RouteTree: Sendable {
  private struct Node: Sendable {
    var literals: [(bytes: [UInt8], child: Int)] = []
    var parameter: Int?
    var resources: [(verb: [UInt8], resource: Int)] = []

    /// The resource of a verb, or of no verb.
    func resource(for verb: ArraySlice<UInt8>?) -> Int? {
      // "/a:" has a colon and no verb: nobody's path.
      if let verb, verb.isEmpty { return nil }
      return resources.first { $0.verb.elementsEqual(verb ?? []) }?.resource
    }
  }

  private var nodes = [Node()]

  /// Adds a pattern; returns the resource that it leads to, `resource` if it is new.
  mutating func insert(_ pattern: RoutePattern, resource: Int) -> Int {
    var node = 0
    for segment in pattern.segments { node = child(of: node, for: segment) }
    if let known = nodes[node].resources.first(where: { $0.verb == pattern.verb }) {
      return known.resource
    }
    nodes[node].resources.append((pattern.verb, resource))
    return resource
  }

  /// Finds the resource of a path, and where its parameters' values lie.
  func find(_ path: DecodedPath, values: inout [Range<Int>]) -> Int? {
    find(path, from: 1, node: 0, values: &values)
  }

  private mutating func child(of node: Int, for segment: RoutePattern.Segment) -> Int {
    switch segment {
    case .literal(let bytes):
      if let known = nodes[node].literals.first(where: { $0.bytes == bytes }) { return known.child }
      nodes[node].literals.append((bytes, nodes.count))
    case .parameter:
      if let known = nodes[node].parameter { return known }
      nodes[node].parameter = nodes.count
    }
    nodes.append(Node())
    return nodes.count - 1
  }

  /// Walks one segment; goes back to the parameter when the literal leads nowhere.
  ///
  /// The depth is that of the deepest pattern, whatever the path.
  private func find(
    _ path: DecodedPath, from start: Int, node: Int, values: inout [Range<Int>]
  ) -> Int? {
    guard start <= path.end else { return nodes[node].resource(for: path.verb) }
    let end = path.endOfSegment(from: start)
    let segment = path.bytes[start..<end]
    for literal in nodes[node].literals where segment.elementsEqual(literal.bytes) {
      if let found = find(path, from: end + 1, node: literal.child, values: &values) {
        return found
      }
    }
    guard let parameter = nodes[node].parameter, Self.isValue(segment) else { return nil }
    values.append(start..<end)
    if let found = find(path, from: end + 1, node: parameter, values: &values) { return found }
    values.removeLast()
    return nil
  }

  private static func isValue(_ segment: ArraySlice<UInt8>) -> Bool {
    let dot = UInt8(ascii: ".")
    return !segment.isEmpty && !segment.elementsEqual([dot]) && !segment.elementsEqual([dot, dot])
  }
}

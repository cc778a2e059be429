/// The values that came last: a new one takes the place of the oldest, so nothing grows with what clients do.
struct RecentValues<Value> {
  private let most: Int
  private(set) var values: [Value] = []
  private var next = 0

  /// Makes an empty list.
  ///
  /// - Parameter most: How many values are kept, at least one.
  init(most: Int) { self.most = most }

  mutating func insert(_ value: Value) {
    if values.count < most {
      values.append(value)
      return
    }
    values[next] = value
    next = (next + 1) % most
  }
}

internal import TokenPruning

/// Values by tensor name: a request has so few tensors that looking through them costs less than
/// hashing their names.
struct TensorTable<Value> {
  private var entries: [(name: TensorName, value: Value)] = []

  /// Makes an empty table.
  init() {}

  private init(_ entries: [(name: TensorName, value: Value)]) { self.entries = entries }

  /// Whether there is no tensor.
  var isEmpty: Bool { entries.isEmpty }

  /// The number of tensors.
  var count: Int { entries.count }

  /// The names, in the order in which they were added.
  var names: [TensorName] { entries.map(\.name) }

  /// The value of a tensor; nil where there is none, and cannot be set to nil.
  subscript(name: TensorName) -> Value? {
    get { index(of: name).map { entries[$0].value } }
    set {
      guard let newValue else { return }
      if let index = index(of: name) {
        entries[index].value = newValue
      } else {
        entries.append((name, newValue))
      }
    }
  }

  /// Looks at names alone: a value may be costly to copy.
  private func index(of name: TensorName) -> Int? {
    for index in entries.indices where entries[index].name == name { return index }
    return nil
  }

  /// The same names with other values.
  func mapValues<Other>(_ transform: (Value) -> Other) -> TensorTable<Other> {
    TensorTable<Other>(entries.map { ($0.name, transform($0.value)) })
  }
}

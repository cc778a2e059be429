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
    get { entries.first { $0.name == name }?.value }
    set {
      guard let newValue else { return }
      if let index = entries.firstIndex(where: { $0.name == name }) {
        entries[index].value = newValue
      } else {
        entries.append((name, newValue))
      }
    }
  }

  /// The same names with other values.
  func mapValues<Other>(_ transform: (Value) -> Other) -> TensorTable<Other> {
    TensorTable<Other>(entries.map { ($0.name, transform($0.value)) })
  }
}

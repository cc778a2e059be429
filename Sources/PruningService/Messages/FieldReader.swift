internal import TensorCoding
internal import TokenPruning

/// Reads the members of one JSON object, each at most once, and refuses those nobody asked for.
struct FieldReader {
  /// Where the object sits in the request.
  let pointer: JSONPointer
  /// The tensors that must not be members, because a container beside the object holds them.
  var outside: [TensorName] = []
  private var members: [(key: String, value: JSONValue)] = []
  private var isRead: [Bool] = []

  /// Starts reading `value`, which has to be an object; nil counts as one without members.
  init(_ value: JSONValue?, at pointer: JSONPointer) throws(ServiceProblem) {
    self.pointer = pointer
    guard let value else { return }
    guard case .object(let object) = value else {
      throw .field(pointer, "must be an object")
    }
    members = object.members
    isRead = members.map { _ in false }
  }

  /// The keys that nobody has read yet, in the order of the document.
  var unreadKeys: [String] { members.indices.filter { !isRead[$0] }.map { members[$0].key } }

  /// The member `key` as it is, or nil when it is absent.
  mutating func value(_ key: String) -> JSONValue? {
    guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
    isRead[index] = true
    return members[index].value
  }

  /// The string `key`.
  mutating func string(
    _ key: String, maximumLength: Int = 256
  ) throws(ServiceProblem) -> String? {
    guard let value = value(key) else { return nil }
    guard case .string(let text) = value else {
      throw .field(pointer.appending(key), "must be a string")
    }
    // Code points, as JSON Schema counts.
    guard text.unicodeScalars.count <= maximumLength else {
      throw .field(pointer.appending(key), "must not be longer than \(maximumLength) characters")
    }
    return text
  }

  /// The whole number `key`, inside `range`; `2.0` is one, too, as in JSON Schema.
  mutating func integer(
    _ key: String, in range: ClosedRange<Int>
  ) throws(ServiceProblem) -> Int? {
    guard let value = value(key) else { return nil }
    guard case .number(let number) = value,
      let integer = number.integer ?? Int64(exactly: number.double)
    else {
      throw .field(pointer.appending(key), "must be a whole number")
    }
    guard let small = Int(exactly: integer), range.contains(small) else {
      throw .field(
        pointer.appending(key), "must lie in \(range.lowerBound) to \(range.upperBound)")
    }
    return small
  }

  /// The number `key`.
  mutating func number(_ key: String) throws(ServiceProblem) -> Double? {
    guard let value = value(key) else { return nil }
    guard case .number(let number) = value else {
      throw .field(pointer.appending(key), "must be a number")
    }
    return number.double
  }

  /// The truth value `key`.
  mutating func boolean(_ key: String) throws(ServiceProblem) -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let truth) = value else {
      throw .field(pointer.appending(key), "must be true or false")
    }
    return truth
  }

  /// The elements of the array `key`.
  mutating func array(_ key: String) throws(ServiceProblem) -> [JSONValue]? {
    guard let value = value(key) else { return nil }
    // Packed numbers are many times larger once they are taken apart, and no field is such a list.
    if case .numbers(let numbers) = value, numbers.count > MessageLimits.maximumLayers {
      throw .field(pointer.appending(key), "must not be an array of numbers")
    }
    guard let elements = value.elements else {
      throw .field(pointer.appending(key), "must be an array")
    }
    return elements
  }

  /// Refuses every member that nobody has read; the first few are told.
  func finish() throws(ServiceProblem) { try refuse(unreadKeys) }

  /// Refuses members that are tensors which the container holds.
  func refuseTensors() throws(ServiceProblem) { try refuse(unreadKeys.filter(belongsOutside)) }

  private func refuse(_ keys: [String]) throws(ServiceProblem) {
    guard !keys.isEmpty else { return }
    let faults = keys.prefix(16).map { key in
      ServiceProblem.FieldFault(
        pointer: pointer.appending(key).excerpt,
        detail: belongsOutside(key)
          ? "is a tensor; tensors belong in the safetensors container, not in its request JSON"
          : "is not a field of this request")
    }
    guard let first = faults.first else { return }
    throw ServiceProblem(
      .valueOutOfRange, detail: "\(first.pointer): \(first.detail)", errors: Array(faults))
  }

  private func belongsOutside(_ key: String) -> Bool { outside.contains { $0.rawValue == key } }
}

internal import TensorCoding
internal import TokenPruning

/// Reads documents that this module has written; whatever else it finds is unreadable.
struct DocumentReader {
  private let object: JSONObjectCursor

  static let unreadable = CalibrationError(
    .storeUnreadable, "the store holds something that this version cannot read")

  init(_ text: String) throws(CalibrationError) {
    do {
      // Characters have no padding between them.
      let value = try JSONDocument.parse(unsafe text.utf8Span.span.bytes)
      object = try JSONCursor(value).object(allowing: nil)
    } catch {
      throw Self.unreadable
    }
  }

  init(_ cursor: JSONCursor) throws(CalibrationError) {
    do { object = try cursor.object(allowing: nil) } catch { throw Self.unreadable }
  }

  private func read<Value>(
    _ key: String, _ body: (JSONCursor) throws(CodingError) -> Value
  ) throws(CalibrationError) -> Value {
    guard let value = try readIfPresent(key, body) else { throw Self.unreadable }
    return value
  }

  private func readIfPresent<Value>(
    _ key: String, _ body: (JSONCursor) throws(CodingError) -> Value
  ) throws(CalibrationError) -> Value? {
    guard let member = object[key] else { return nil }
    do { return try body(member) } catch { throw Self.unreadable }
  }

  func text(_ key: String) throws(CalibrationError) -> String {
    try read(key) { (value) throws(CodingError) in try value.string() }
  }

  func textIfPresent(_ key: String) throws(CalibrationError) -> String? {
    try readIfPresent(key) { (value) throws(CodingError) in try value.string() }
  }

  func number(_ key: String) throws(CalibrationError) -> Double {
    try read(key) { (value) throws(CodingError) in try value.double() }
  }

  func numberIfPresent(_ key: String) throws(CalibrationError) -> Double? {
    try readIfPresent(key) { (value) throws(CodingError) in try value.double() }
  }

  func integer(_ key: String) throws(CalibrationError) -> Int {
    try read(key) { (value) throws(CodingError) in try value.integer() }
  }

  func integerIfPresent(_ key: String) throws(CalibrationError) -> Int? {
    try readIfPresent(key) { (value) throws(CodingError) in try value.integer() }
  }

  func flag(_ key: String) throws(CalibrationError) -> Bool {
    try read(key) { (value) throws(CodingError) in try value.bool() }
  }

  func flagIfPresent(_ key: String) throws(CalibrationError) -> Bool? {
    try readIfPresent(key) { (value) throws(CodingError) in try value.bool() }
  }

  func moment(_ key: String) throws(CalibrationError) -> Timestamp {
    Timestamp(millisecondsSince1970: Int64(try integer(key)))
  }

  func momentIfPresent(_ key: String) throws(CalibrationError) -> Timestamp? {
    try integerIfPresent(key).map { Timestamp(millisecondsSince1970: Int64($0)) }
  }

  func integers(_ key: String) throws(CalibrationError) -> [Int] {
    try read(key) { (value) throws(CodingError) in
      try value.array().map { (element) throws(CodingError) in try element.integer() }
    }
  }

  func textsIfPresent(_ key: String) throws(CalibrationError) -> [String]? {
    try readIfPresent(key) { (value) throws(CodingError) in
      try value.array().map { (element) throws(CodingError) in try element.string() }
    }
  }

  /// Numbers that were written as text: packed arrays of numbers may be a last bit off.
  func exactNumbersIfPresent(_ key: String) throws(CalibrationError) -> [Double]? {
    try textsIfPresent(key)?.map { (text) throws(CalibrationError) in
      guard let number = Double(text) else { throw Self.unreadable }
      return number
    }
  }

  func word<Word: RawRepresentable<String>>(_ key: String) throws(CalibrationError) -> Word {
    guard let word = Word(rawValue: try text(key)) else { throw Self.unreadable }
    return word
  }

  func objectIfPresent(_ key: String) throws(CalibrationError) -> DocumentReader? {
    guard let member = object[key] else { return nil }
    return try DocumentReader(member)
  }

  func document(_ key: String) throws(CalibrationError) -> DocumentReader {
    guard let document = try objectIfPresent(key) else { throw Self.unreadable }
    return document
  }

  func documents(_ key: String) throws(CalibrationError) -> [DocumentReader] {
    let elements = try read(key) { (value) throws(CodingError) in try value.array() }
    return try elements.map { (element) throws(CalibrationError) in
      try DocumentReader(element)
    }
  }
}

/// Writes documents; what is nil is left out.
struct DocumentWriter {
  private var writer = JSONWriter()

  /// The text of an object with these members.
  static func text(_ members: (inout DocumentWriter) -> Void) -> String {
    String(decoding: bytes(members), as: UTF8.self)
  }

  /// The same as bytes.
  static func bytes(_ members: (inout DocumentWriter) -> Void) -> [UInt8] {
    var document = DocumentWriter()
    document.writer.beginObject()
    members(&document)
    document.writer.endObject()
    return document.writer.bytes
  }

  mutating func put(_ key: String, _ value: String?) {
    guard let value else { return }
    writer.key(key)
    writer.value(value)
  }

  mutating func put(_ key: String, _ value: Double?) {
    guard let value else { return }
    writer.key(key)
    writer.value(value)
  }

  mutating func put(_ key: String, _ value: Int?) {
    guard let value else { return }
    writer.key(key)
    writer.value(value)
  }

  mutating func put(_ key: String, _ value: Bool) {
    writer.key(key)
    writer.value(value)
  }

  mutating func put(_ key: String, _ value: Timestamp?) {
    put(key, value.map { Int($0.millisecondsSince1970) })
  }

  mutating func put(_ key: String, integers: [Int]) {
    writer.key(key)
    writer.beginArray()
    for value in integers { writer.value(value) }
    writer.endArray()
  }

  mutating func put(_ key: String, texts: [String]?) {
    guard let texts else { return }
    writer.key(key)
    writer.beginArray()
    for value in texts { writer.value(value) }
    writer.endArray()
  }

  mutating func put(_ key: String, exactNumbers: [Double]?) {
    put(key, texts: exactNumbers?.map(\.description))
  }

  mutating func put(_ key: String, _ members: (inout DocumentWriter) -> Void) {
    writer.key(key)
    writer.beginObject()
    members(&self)
    writer.endObject()
  }

  mutating func put<Element>(
    _ key: String, each elements: [Element], _ members: (inout DocumentWriter, Element) -> Void
  ) {
    writer.key(key)
    writer.beginArray()
    for element in elements {
      writer.beginObject()
      members(&self, element)
      writer.endObject()
    }
    writer.endArray()
  }
}

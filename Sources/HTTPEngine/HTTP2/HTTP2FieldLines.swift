internal import CNghttp2

/// The field lines of one answer as nghttp2 takes them: without a copy, names in lower case.
///
/// They belong to a stream and must not change while nghttp2 may still read them, which is until the
/// HEADERS frame is written. The frame of a stream that is over by then is dropped unread.
///
/// Safety: both pieces of memory are allocated here and freed in `deinit`; every write first makes
/// room, and when bytes move the pointers to them move with them.
@safe
final class HTTP2FieldLines {
  private let flags: UInt8
  private var bytes: UnsafeMutablePointer<UInt8>
  private var byteCount = 0
  private var byteCapacity = 512
  private var fields: UnsafeMutablePointer<nghttp2_nv>
  private var count = 0
  private var capacity = 16
  /// Where the identifier stands, if there is one.
  private var identifierPlace: Int?
  /// Others that stand for these: all but the identifier, which is the only thing in `bytes`.
  private var shared: SharedFieldLines?

  /// Makes an empty list.
  ///
  /// - Parameter isCopied: Whether nghttp2 makes a copy, so that the lines need not outlive the call.
  init(isCopied: Bool = false) {
    let shared = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
    flags = isCopied ? 0 : UInt8(shared)
    unsafe bytes = .allocate(capacity: byteCapacity)
    unsafe fields = .allocate(capacity: capacity)
  }

  deinit {
    unsafe bytes.deallocate()
    unsafe fields.deallocate()
  }

  /// Forgets all lines, keeping the memory.
  func removeAll() {
    byteCount = 0
    count = 0
    identifierPlace = nil
    if shared != nil { shared = nil }
  }

  /// What nghttp2 is given: it copies the list, but not the bytes.
  ///
  /// Safety: valid until another answer is written, here or to lines that share with these.
  var list: UnsafeBufferPointer<nghttp2_nv> {
    guard let lines = shared?.lines else {
      return unsafe UnsafeBufferPointer(start: fields, count: count)
    }
    if let place = lines.identifierPlace { unsafe lines.fields[place].value = bytes }
    return unsafe UnsafeBufferPointer(start: lines.fields, count: lines.count)
  }

  /// Takes the lines of others, with an identifier of its own.
  ///
  /// - Parameters:
  ///   - other: Lines with an identifier of the same name; they are held until others are wanted.
  ///   - identifier: The identifier.
  func share(_ other: SharedFieldLines, _ identifier: IdentifierField) {
    removeAll()
    let digits = identifier.digits
    makeRoom(bytes: digits.count, lines: 0)
    // The pointer is used only inside the closure, and room has been made.
    unsafe digits.span.withUnsafeBufferPointer {
      if let first = $0.baseAddress { unsafe bytes.update(from: first, count: $0.count) }
    }
    byteCount = digits.count
    shared = other
  }

  func append(_ name: StaticString, _ value: StaticString) {
    // A static string lives for ever.
    unsafe append(
      name, UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  func append(_ name: StaticString, _ value: Span<UInt8>) {
    // The pointer is used only inside the closure.
    unsafe value.withUnsafeBufferPointer { unsafe append(name, $0) }
  }

  func append(_ name: StaticString, decimal number: Int) {
    // A 64-bit number has at most 19 digits.
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = 20
      var rest = number.magnitude
      repeat {
        start -= 1
        unsafe digits[start] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
        rest /= 10
      } while rest > 0
      unsafe append(name, UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }

  /// Adds all lines of a block.
  func append(_ block: HeaderFields) {
    makeRoom(bytes: block.wire.count, lines: block.lines.count)
    let start = unsafe bytes + byteCount
    // Room has been made, and a block's lines lie within its bytes.
    unsafe block.wire.withUnsafeBufferPointer { wire in
      guard let first = wire.baseAddress else { return }
      unsafe start.update(from: first, count: wire.count)
    }
    byteCount += block.wire.count
    for line in block.lines {
      let name = unsafe start + Int(line.nameStart)
      for index in 0..<Int(line.nameCount) {
        unsafe name[index] = Characters.lowercased(name[index])
      }
      unsafe add(
        name, Int(line.nameCount), start + Int(line.valueStart), Int(line.valueCount),
        isUnique: line.field == .other && Self.isUnique(name, Int(line.nameCount)))
    }
  }

  /// Adds the line of an identifier.
  func append(_ identifier: IdentifierField) {
    let digits = identifier.digits
    let start = byteCount
    identifierPlace = count
    // The pointer is used only inside the closure; the name has been copied to `start`.
    unsafe digits.span.withUnsafeBufferPointer {
      unsafe append(identifier.name, $0, isUnique: true)
    }
    for index in start..<start + identifier.name.utf8CodeUnitCount {
      unsafe bytes[index] = Characters.lowercased(bytes[index])
    }
  }

  /// Fields of which no two answers have the same value.
  ///
  /// In HPACK's table they would push out what all answers have in common, and nghttp2 compares a value
  /// with all that the table has for its name.
  private static func isUnique(_ start: UnsafeMutablePointer<UInt8>, _ count: Int) -> Bool {
    let name = unsafe UnsafeBufferPointer(start: start, count: count).span
    return switch count {
    case 11: Characters.equals(name, "traceparent")
    case 12: Characters.equals(name, "x-request-id")
    case 13: Characters.equals(name, "server-timing")
    default: false
    }
  }

  /// Safety: the value must not lie in memory of this object, which may move.
  private func append(
    _ name: StaticString, _ value: UnsafeBufferPointer<UInt8>, isUnique: Bool = false
  ) {
    let nameCount = name.utf8CodeUnitCount
    makeRoom(bytes: nameCount + value.count, lines: 1)
    let start = unsafe bytes + byteCount
    unsafe start.update(from: name.utf8Start, count: nameCount)
    if let first = value.baseAddress {
      unsafe (start + nameCount).update(from: first, count: value.count)
    }
    byteCount += nameCount + value.count
    unsafe add(start, nameCount, start + nameCount, value.count, isUnique: isUnique)
  }

  private func add(
    _ name: UnsafeMutablePointer<UInt8>, _ nameCount: Int, _ value: UnsafeMutablePointer<UInt8>,
    _ valueCount: Int, isUnique: Bool
  ) {
    let unique = isUnique ? UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue) : 0
    unsafe (fields + count).initialize(
      to: nghttp2_nv(
        name: name, value: value, namelen: nameCount, valuelen: valueCount,
        flags: flags | unique))
    count += 1
  }

  private func makeRoom(bytes added: Int, lines: Int) {
    if byteCapacity - byteCount < added { growBytes(added) }
    if capacity - count < lines { growFields(lines) }
  }

  private func growBytes(_ added: Int) {
    let old = unsafe bytes
    byteCapacity = max(2 * byteCapacity, byteCount + added)
    unsafe bytes = .allocate(capacity: byteCapacity)
    unsafe bytes.initialize(from: old, count: byteCount)
    for index in 0..<count {
      if let name = unsafe fields[index].name { unsafe fields[index].name = bytes + (name - old) }
      if let value = unsafe fields[index].value {
        unsafe fields[index].value = bytes + (value - old)
      }
    }
    unsafe old.deallocate()
  }

  private func growFields(_ added: Int) {
    let old = unsafe fields
    capacity = max(2 * capacity, count + added)
    unsafe fields = .allocate(capacity: capacity)
    unsafe fields.initialize(from: old, count: count)
    unsafe old.deallocate()
  }
}

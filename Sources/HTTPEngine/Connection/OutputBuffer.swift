/// Bytes on their way out during one turn of a loop, in memory that the loop keeps.
///
/// Safety: the memory is allocated here, freed in `deinit` and used by the loop's thread alone;
/// every write first makes room.
@safe
final class OutputBuffer {
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity = 64 << 10
  private(set) var count = 0

  init() { unsafe base = .allocate(capacity: capacity) }

  deinit { unsafe base.deallocate() }

  /// Everything written since the last `clear`.
  var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count)
  }

  func clear() { count = 0 }

  @inline(__always)
  private func makeRoom(_ added: Int) {
    if capacity - count < added { grow(added) }
  }

  private func grow(_ added: Int) {
    capacity = max(capacity * 2, count + added)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe larger.initialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
  }

  func append(_ text: StaticString) {
    let size = text.utf8CodeUnitCount
    makeRoom(size)
    unsafe (base + count).update(from: text.utf8Start, count: size)
    count += size
  }

  func append(_ bytes: Span<UInt8>) {
    makeRoom(bytes.count)
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      unsafe (base + count).update(from: start, count: source.count)
    }
    count += bytes.count
  }

  func append(_ bytes: RawSpan) {
    makeRoom(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(base + count).copyMemory(
        from: start, byteCount: source.count)
    }
    count += bytes.byteCount
  }

  func append(_ bytes: UnsafeRawBufferPointer) {
    makeRoom(bytes.count)
    // Room has been made; memory of others cannot overlap this object's own.
    unsafe UnsafeMutableRawBufferPointer(start: base + count, count: bytes.count)
      .copyMemory(from: bytes)
    count += bytes.count
  }

  /// Appends a number in decimal.
  func append(decimal number: Int) {
    precondition(number >= 0, "lengths and codes are not negative")
    makeRoom(20)
    var digits = 1
    var rest = number / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    rest = number
    var index = count + digits
    while index > count {
      index -= 1
      unsafe base[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
      rest /= 10
    }
    count += digits
  }

  /// Appends a number in hexadecimal, as chunk sizes are written.
  func append(hexadecimal number: Int) { append(Array(String(number, radix: 16).utf8).span) }
}

internal import CNghttp2

/// The lines of a remembered section as nghttp2 has them, so that one is known without being read.
///
/// What stands in HPACK's tables is the same object each time that it comes.
///
/// Safety: every reference is counted when it is taken and given back once, and while it is held
/// nothing else can lie at its address. The objects lie in `memory`, which is held as well.
@safe
final class FieldReferences {
  private typealias Line = (name: OpaquePointer, value: OpaquePointer)

  /// More lines are not remembered by reference.
  private static var most: Int { 32 }

  private let memory: SessionMemory
  private let lines: UnsafeMutablePointer<Line>
  /// How many lines are known.
  private(set) var count = 0

  /// Makes an empty list.
  ///
  /// - Parameter memory: Where the sessions have their memory.
  init(_ memory: SessionMemory) {
    self.memory = memory
    unsafe lines = .allocate(capacity: Self.most)
  }

  deinit {
    removeAll()
    unsafe lines.deallocate()
  }

  /// Whether a line is that one; false if that cannot be told without reading it.
  @inline(__always)
  func isLine(_ index: Int, _ name: OpaquePointer, _ value: OpaquePointer) -> Bool {
    guard index < count else { return false }
    return unsafe lines[index].name == name && lines[index].value == value
  }

  /// Adds a line behind the others.
  func append(_ name: OpaquePointer, _ value: OpaquePointer) {
    guard count < Self.most else { return }
    unsafe nghttp2_rcbuf_incref(name)
    unsafe nghttp2_rcbuf_incref(value)
    unsafe (lines + count).initialize(to: (name, value))
    count += 1
  }

  /// Gives all of them back.
  func removeAll() {
    for index in 0..<count {
      unsafe nghttp2_rcbuf_decref(lines[index].name)
      unsafe nghttp2_rcbuf_decref(lines[index].value)
    }
    count = 0
  }

  /// The bytes of a name or value, valid as long as somebody holds it.
  @inline(__always)
  static func bytes(_ buffer: OpaquePointer) -> UnsafeBufferPointer<UInt8> {
    let found = unsafe nghttp2_rcbuf_get_buf(buffer)
    return unsafe UnsafeBufferPointer(start: found.base, count: found.len)
  }
}

internal import Synchronization

/// A place for one object, filled at most once and read from any thread.
///
/// `AtomicLazyReference` does the same, but is not specialised across modules: its `load` costs as
/// much as half of what is saved by remembering a head.
///
/// Safety: the number is 0 or the address of an object that was retained when it was put here; it
/// never changes after that, and is released when nobody can read it any more.
struct ReadingSlot: ~Copyable, Sendable {
  private final class Box: Sendable {
    let value: any AnyObject & Sendable

    init(_ value: any AnyObject & Sendable) { self.value = value }
  }

  private let address = Atomic<UInt>(0)

  init() {}

  deinit { unsafe box?.release() }

  private var box: Unmanaged<Box>? {
    let pointer = unsafe UnsafeRawPointer(bitPattern: address.load(ordering: .acquiring))
    return unsafe pointer.map { unsafe Unmanaged<Box>.fromOpaque($0) }
  }

  /// The object; nil until there is one.
  var value: (any AnyObject & Sendable)? {
    guard let box = unsafe box else { return nil }
    return unsafe box.takeUnretainedValue().value
  }

  /// Puts an object in; the first one stays.
  func fill(_ value: any AnyObject & Sendable) {
    let box = unsafe Unmanaged.passRetained(Box(value))
    let (isFirst, _) = unsafe address.compareExchange(
      expected: 0, desired: UInt(bitPattern: box.toOpaque()), ordering: .acquiringAndReleasing)
    if !isFirst { unsafe box.release() }
  }
}

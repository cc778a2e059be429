/// A value that one thread changes in place, many times per request.
///
/// A stored property of a class is guarded at run time against overlapping changes, which costs
/// more than most of the changes made here. The values kept this way are used by one thread and
/// never call back into their owner, so nothing can overlap.
///
/// Safety: the memory is allocated and initialised here and freed in `deinit`.
@safe
struct InPlace<Value>: ~Copyable {
  private let pointer: UnsafeMutablePointer<Value>

  init(_ value: Value) {
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(to: value)
  }

  deinit {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }

  /// The value.
  var value: Value {
    @inline(__always) _read { yield unsafe pointer.pointee }
    @inline(__always) nonmutating _modify { yield unsafe &pointer.pointee }
  }
}

/// Memory that tensors are views of: written once, then read by anybody.
///
/// Safety: the memory is exposed for writing only inside ``init(byteCount:initializing:)``,
/// before the object can be shared, and stays valid until `deinit` runs `release`.
@safe
public final class TensorStorage: @unchecked Sendable {
  // @unchecked Sendable: the bytes never change once an initialiser has returned.
  private let base: UnsafeRawPointer
  private let release: @Sendable () -> Void
  /// The number of readable bytes.
  public let byteCount: Int
  /// Parts of a file that are not among the bytes any more, ascending by place.
  public let condensed: [CondensedPart]
  /// What is known of matrices among the bytes, ascending by place.
  public let columnMeans: [ColumnMeans]
  /// What a reader of the bytes has found out about them, for the next one.
  public let outline: (any AnyObject & Sendable)?
  /// Where memory comes from for what is decoded from the bytes; nil where that is the heap.
  public let source: (any StorageSource)?

  /// Takes over memory that somebody else allocated.
  ///
  /// - Parameters:
  ///   - base: The first byte; valid and unchanging until `release` is called.
  ///   - byteCount: The number of readable bytes.
  ///   - condensed: What was taken out of a file, ascending by place.
  ///   - columnMeans: Means of matrices of the bytes, ascending by place.
  ///   - outline: What is known of the bytes.
  ///   - source: Where memory comes from for what is decoded from the bytes.
  ///   - release: Called once, when the last tensor is gone.
  @unsafe
  public init(
    adopting base: UnsafeRawPointer, byteCount: Int, condensed: [CondensedPart] = [],
    columnMeans: [ColumnMeans] = [], outline: (any AnyObject & Sendable)? = nil,
    source: (any StorageSource)? = nil, release: @escaping @Sendable () -> Void
  ) {
    self.condensed = condensed
    self.columnMeans = columnMeans
    self.outline = outline
    self.source = source
    unsafe self.base = base
    self.byteCount = byteCount
    self.release = release
  }

  /// Allocates 64-byte aligned memory and fills it.
  ///
  /// - Parameters:
  ///   - byteCount: The number of bytes to allocate.
  ///   - initializing: Receives the zeroed bytes.
  public convenience init(
    byteCount: Int, initializing: (inout MutableRawSpan) -> Void
  ) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    var span = unsafe MutableRawSpan(_unsafeStart: memory, byteCount: byteCount)
    initializing(&span)
    // The pointer is only freed in the closure: an address in an Int crosses threads safely.
    let address = UInt(bitPattern: memory)
    unsafe self.init(adopting: memory, byteCount: byteCount) {
      unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
  }

  deinit { release() }

  /// All bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // In bounds by the initialiser's contract; the span cannot outlive the borrow of self.
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

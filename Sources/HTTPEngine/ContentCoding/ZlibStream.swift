internal import CZlib

/// One stream of zlib in either direction.
///
/// Safety: the state lies at one address from `init` to `deinit`, as zlib demands, and has one
/// owner; the addresses of input and output are in it only during the call that lends them.
@safe
struct ZlibStream: ~Copyable {
  private let state: UnsafeMutablePointer<z_stream>
  private let end: @convention(c) (UnsafeMutablePointer<z_stream>?) -> Int32

  /// Makes a stream that inflates; nil without memory.
  init?(inflating coding: ContentEncoding) {
    unsafe self.init(
      begin: { unsafe inflateInit2_($0, coding.windowBits, ZLIB_VERSION, Self.stateSize) },
      end: { unsafe inflateEnd($0) })
  }

  /// Makes a stream that deflates; nil without memory.
  init?(deflating coding: ContentEncoding, level: Int32) {
    unsafe self.init(
      begin: {
        unsafe deflateInit2_(
          $0, level, Z_DEFLATED, coding.windowBits, Self.memoryLevel, Z_DEFAULT_STRATEGY,
          ZLIB_VERSION, Self.stateSize)
      }, end: { unsafe deflateEnd($0) })
  }

  private init?(
    begin: (UnsafeMutablePointer<z_stream>) -> Int32,
    end: @escaping @convention(c) (UnsafeMutablePointer<z_stream>?) -> Int32
  ) {
    let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe state.initialize(to: z_stream())
    guard unsafe begin(state) == Z_OK else {
      unsafe state.deallocate()
      return nil
    }
    unsafe self.state = state
    unsafe self.end = end
  }

  deinit {
    _ = unsafe end(state)
    unsafe state.deallocate()
  }

  /// Goes on with inflating; `code` is zlib's.
  mutating func inflate(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) -> (code: Int32, consumed: Int, produced: Int) {
    run(input, &output) { unsafe CZlib.inflate(state, Z_NO_FLUSH) }
  }

  /// Goes on with deflating; `code` is zlib's.
  mutating func deflate(
    _ input: RawSpan, into output: inout MutableRawSpan, isLast: Bool
  ) -> (code: Int32, consumed: Int, produced: Int) {
    // More input than one call can take is not the last of it.
    let isLast = isLast && input.byteCount <= Self.longestStep
    return run(input, &output) { unsafe CZlib.deflate(state, isLast ? Z_FINISH : Z_NO_FLUSH) }
  }

  /// Begins a new stream to inflate, of which the window bits tell the format.
  mutating func restart(windowBits: Int32) -> Bool {
    unsafe inflateReset2(state, windowBits) == Z_OK
  }

  /// The most bytes that come out when `count` bytes are deflated.
  func bound(_ count: Int) -> Int { Int(clamping: unsafe deflateBound(state, UInt(count))) }

  private func run(
    _ input: RawSpan, _ output: inout MutableRawSpan, _ call: () -> Int32
  ) -> (code: Int32, consumed: Int, produced: Int) {
    let offered = min(input.byteCount, Self.longestStep)
    let room = min(output.byteCount, Self.longestStep)
    var code = Z_BUF_ERROR
    // zlib reads at most avail_in and writes at most avail_out bytes, during the call alone.
    unsafe input.withUnsafeBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        unsafe state.pointee.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe state.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe state.pointee.avail_in = UInt32(offered)
        unsafe state.pointee.avail_out = UInt32(room)
        if room > 0 { code = call() }
        unsafe state.pointee.next_in = nil
        unsafe state.pointee.next_out = nil
      }
    }
    let consumed = offered - Int(unsafe state.pointee.avail_in)
    return (code, consumed, room - Int(unsafe state.pointee.avail_out))
  }

  /// zlib counts the bytes of one call in 32 bits.
  private static let longestStep = 1 << 30
  private static let stateSize = Int32(unsafe MemoryLayout<z_stream>.size)
  /// zlib's default: 256 KiB while deflating.
  private static let memoryLevel: Int32 = 8
}

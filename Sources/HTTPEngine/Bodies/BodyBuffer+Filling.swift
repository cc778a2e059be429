extension BodyBuffer {
  /// Lets `body` fill memory after the content; it returns how many bytes it wrote there.
  ///
  /// - Parameters:
  ///   - most: The most bytes to lend; fewer where fewer are free.
  ///   - body: Fills the memory from its first byte on.
  /// - Throws: What `body` throws; the content stays as it was then.
  public func appendFilling<Failure: Error>(
    upTo most: Int, _ body: (inout MutableRawSpan) throws(Failure) -> Int
  ) throws(Failure) {
    let free = unsafe free
    guard let base = free.baseAddress else { return }
    let room = min(free.count, max(most, 0))
    // The memory is this object's own, lasts longer than the call, and nobody reads it yet.
    var span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: room)
    let written = try body(&span)
    precondition(written >= 0 && written <= room, "what is written fits the memory")
    received(written)
  }
}

extension BufferPool {
  /// The body itself if it can take more bytes, else a larger one with the same content.
  ///
  /// It grows by half again, but a body of unknown length never beyond what admission allowed.
  ///
  /// - Parameters:
  ///   - body: What has arrived so far.
  ///   - added: Bytes that come next.
  ///   - limit: The longest body that is allowed.
  /// - Returns: The body to go on with; nil without memory.
  func roomy(_ body: BodyBuffer, for added: Int, limit: Int) -> BodyBuffer? {
    let needed = body.count + added
    guard needed > body.capacity else { return body }
    let wanted = max(needed, min(body.capacity + body.capacity / 2, limit))
    guard let larger = takeIfPossible(capacity: wanted) else { return nil }
    larger.append(body.bytes)
    return larger
  }
}

extension Connection {
  /// Keeps bytes for later, after those that are kept already.
  func keep(_ bytes: Span<UInt8>) {
    // Lingering, nothing is read any more.
    guard isOpen, !isLingering else { return }
    pending.removeFirst(pendingUsed)
    pendingUsed = 0
    // The pointer is used only inside the closure.
    unsafe bytes.withUnsafeBufferPointer { unsafe pending.append(contentsOf: $0) }
  }

  /// Counts bytes that were added to the body.
  func received(_ bytes: Int) {
    bodyCount += bytes
    condensing.received(bytes)
  }

  /// Shows the condenser what it has not seen, once that is a slice: chunks are as small as clients like.
  func condenseIfDue() {
    if condensing.unseen >= BodyBuffer.condensedRead { condensing.show(body) }
  }

  /// Makes sure that the body can take more bytes, growing it by half again; false without memory.
  func makeRoom(for added: Int, in pool: BufferPool) -> Bool {
    guard let old = body else { return added == 0 }
    guard let roomy = pool.roomy(old, for: added, limit: bodyLimit) else { return false }
    body = roomy
    return true
  }
}

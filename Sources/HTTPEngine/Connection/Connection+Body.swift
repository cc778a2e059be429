extension Connection {
  /// Keeps bytes for later.
  func keep(_ bytes: Span<UInt8>) {
    pending.reserveCapacity(pending.count + bytes.count)
    for index in bytes.indices { pending.append(bytes[index]) }
  }

  /// Makes sure that the body can take more bytes, growing it by half again; false without memory.
  func makeRoom(for added: Int, in pool: BufferPool) -> Bool {
    guard let old = body else { return added == 0 }
    let needed = old.count + added
    guard needed > old.capacity else { return true }
    // A chunked body never grows beyond what admission allowed.
    let wanted = max(needed, min(old.capacity + old.capacity / 2, bodyLimit))
    guard let larger = pool.takeIfPossible(capacity: wanted) else { return false }
    larger.append(old.bytes)
    body = larger
    return true
  }
}

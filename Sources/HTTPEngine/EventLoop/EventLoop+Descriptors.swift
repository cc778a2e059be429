extension EventLoop {
  /// Reads bytes, and on connections that may pass them, descriptors.
  ///
  /// Everywhere else this is one comparison and the read that it always was.
  @inline(__always)
  func receive(
    _ connection: Connection, into memory: UnsafeMutableRawBufferPointer
  ) -> CallResult {
    guard connection.passed != nil else {
      return unsafe connection.transport.receive(into: memory, with: calls)
    }
    return unsafe receivePassed(connection, into: memory)
  }

  private func receivePassed(
    _ connection: Connection, into memory: UnsafeMutableRawBufferPointer
  ) -> CallResult {
    var passed: [Int32] = []
    var isTruncated = false
    let result = unsafe calls.receive(
      connection.descriptor, into: memory, passed: &passed, isTruncated: &isTruncated)
    // Owned at once, so that whatever follows closes them.
    let owned = passed.compactMap { number -> PassedDescriptor? in
      guard passedPlaces.take() else {
        calls.close(number)
        return nil
      }
      return PassedDescriptor(number, places: passedPlaces)
    }
    let fits = connection.passed?.received(max(result.value, 0), with: owned) ?? true
    if !fits || isTruncated && passed.count == PassedDescriptors.most {
      connection.passedFault = .malformedMessage(.descriptors)
    } else if isTruncated || owned.count < passed.count {
      connection.passedFault = .outOfMemory
    }
    return result
  }

  /// Ends a connection over which more was passed than could be taken.
  ///
  /// - Parameter connection: The connection that has just been read.
  /// - Returns: Whether the connection was refused.
  func refuseFaultyDescriptors(of connection: Connection) -> Bool {
    guard let fault = connection.passedFault else { return false }
    connection.passedFault = nil
    connection.passed = nil
    connection.machine.abandon()
    refuse(connection, fault)
    return true
  }
}

extension Connection {
  /// Takes the descriptors that came with the request that has just been read.
  func takePassed() -> [PassedDescriptor] { passed?.take(unused: unusedInput) ?? [] }
}

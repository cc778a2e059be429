extension EventLoop {
  /// Reads bytes, and on connections that may pass them, descriptors.
  ///
  /// Everywhere else this is one comparison and the read that it always was.
  @inline(__always)
  func receive(
    _ connection: Connection, into memory: UnsafeMutableRawBufferPointer
  ) -> CallResult {
    guard connection.takesDescriptors else {
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
    // Without the kernel's word on them all are one user.
    let user = connection.info.process?.userID ?? .max
    let owned = passed.enumerated().compactMap { index, number -> PassedDescriptor? in
      let isWanted = connection.passed != nil && index < PassedDescriptors.most
      let place = isWanted ? PassedPlace(in: passedPlaces, for: user) : nil
      let descriptor = PassedDescriptor(number, place: place)
      return place == nil ? nil : descriptor
    }
    let isShort = isTruncated || owned.count < passed.count
    let fits =
      connection.passed?.received(max(result.value, 0), with: owned, isShort: isShort) ?? true
    if !fits || connection.passed != nil && passed.count > PassedDescriptors.most {
      connection.passedFault = .malformedMessage(.descriptors)
    }
    return result
  }

  /// Closes the socket, elsewhere if the kernel has to close descriptors with it that nobody has read.
  func closeDescriptor(of connection: Connection) {
    guard connection.takesDescriptors else {
      calls.close(connection.descriptor)
      return
    }
    // Nothing can come any more; on a Unix-domain socket what was sent can still be read.
    calls.shutdown(connection.descriptor)
    guard calls.hasUnreadBytes(connection.descriptor) else {
      calls.close(connection.descriptor)
      return
    }
    Closer.ofDescriptors.run { [calls, number = connection.descriptor] in calls.close(number) }
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
  func takePassed() -> (descriptors: [PassedDescriptor], isShort: Bool) {
    passed?.take(unused: unusedInput) ?? ([], false)
  }
}

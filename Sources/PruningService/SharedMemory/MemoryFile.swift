internal import CLinux
internal import HTTPEngine

/// An open descriptor of memory that is known to be such.
struct MemoryFile: Sendable {
  /// Which memory it is, whatever it is called.
  struct Identity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  let descriptor: PassedDescriptor
  /// Whether it was opened for writing, as far as that is known.
  let isWritable: Bool

  /// What the kernel says about the descriptor now; nil unless it is memory of the usual kind.
  var description: clinux_memory? {
    var memory = clinux_memory()
    // The pointer is to a local.
    return unsafe clinux_describe_memory(descriptor.number, &memory) == 0 ? memory : nil
  }

  /// A descriptor that a client has passed; what it allows shows when it is mapped.
  init(passed descriptor: PassedDescriptor) {
    self.descriptor = descriptor
    isWritable = true
  }

  /// Opens a POSIX object, for reading alone if it cannot be written.
  ///
  /// - Parameters:
  ///   - name: Without the slash.
  ///   - owner: The user whose it must be.
  /// - Throws: ``RegionFault/noObject`` whatever the reason, so that nothing is learnt about others.
  init(object name: String, ownedBy owner: UInt32) throws(RegionFault) {
    var isWritable = true
    var number = unsafe clinux_open_shared(name, 1)
    if number < 0 {
      isWritable = false
      number = unsafe clinux_open_shared(name, 0)
    }
    guard number >= 0 else { throw .noObject }
    descriptor = PassedDescriptor(adopting: number)
    self.isWritable = isWritable
    guard let memory = description, memory.owner == owner else { throw .noObject }
  }
}

extension clinux_memory {
  /// Which memory it is.
  var identity: MemoryFile.Identity { MemoryFile.Identity(device: device, inode: inode) }

  /// Whether it has `count` bytes from `offset` on.
  func holds(_ count: Int, from offset: Int) -> Bool {
    let (end, overflow) = UInt64(offset).addingReportingOverflow(UInt64(count))
    return !overflow && end <= size
  }
}

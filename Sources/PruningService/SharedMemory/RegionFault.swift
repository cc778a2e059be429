internal import TensorCoding

/// Why memory cannot be registered or used.
enum RegionFault: Error, Equatable {
  /// The descriptor is not memory.
  case notMemory
  /// The memory could become shorter or longer while it is mapped.
  case notSealed
  /// The memory has holes, which whoever touches them first pays for.
  case notAllocated
  /// The kernel may refuse pages of a mapping, which ends whoever touches them.
  case pagesMayFail
  /// No object of the client's has the name, whatever else there may be.
  case noObject
  /// The part reaches beyond the memory.
  case tooShort
  /// The kernel does not map it.
  case notMapped
  /// No client may have a region of this size.
  case tooLarge(limitBytes: Int)
  /// The client has as much as it may have while others may want some.
  case overShare
  /// All clients together have as much as they may have.
  case noRoom
}

extension ServiceProblem {
  /// What is wrong with a registration.
  init(_ fault: RegionFault, isMemfd: Bool) {
    let place = JSONPointer.root.appending(isMemfd ? "memfd" : "key")
    self =
      switch fault {
      case .notMemory: .field(place, "is not the number of a memfd without huge pages")
      case .notSealed: .field(place, "must be sealed with F_SEAL_SHRINK and F_SEAL_GROW")
      case .notAllocated:
        .field(place, "must be allocated (posix_fallocate) and open for writing")
      case .pagesMayFail:
        .field(place, "is not taken where vm.overcommit_memory is 2; use a POSIX object")
      case .noObject: .field(place, "names no shared memory object of this client's user")
      case .tooShort:
        .field(JSONPointer.root.appending("byte_size"), "reaches beyond the end of the memory")
      case .notMapped: .field(place, "cannot be mapped")
      case .tooLarge(let limit):
        ServiceProblem(
          .contentTooLarge, at: JSONPointer.root.appending("byte_size"),
          "must not be more than \(limit)", extensions: [.limitBytes(limit)])
      case .overShare:
        ServiceProblem(
          .rateLimited, detail: "this client has its share of regions or of their bytes",
          retryAfterSeconds: 1)
      case .noRoom:
        ServiceProblem(
          .overloaded, detail: "there are as many regions, or bytes in them, as there may be",
          retryAfterSeconds: 1)
      }
  }

  /// No region of the client's has this name.
  static let noSuchRegion = ServiceProblem(
    .notFound, detail: "there is no region with this name")

  /// The client is on another machine.
  static let sharesNoMemory = ServiceProblem(
    .forbidden, detail: "memory is shared only with clients on this machine")
}

import HTTPEngine
internal import TensorCoding

/// What a request wants registered.
struct RegionRegistration {
  private enum Source {
    case object(name: String, owner: UInt32)
    case memfd(PassedDescriptor)
  }

  private let source: Source
  private let offset: Int
  /// The region's size.
  let byteCount: Int
  /// The connection that the region ends with, if it does.
  let connection: UInt64?

  /// Reads the body `{"key": …}` or `{"memfd": …}` with `offset` and `byte_size`.
  ///
  /// - Parameters:
  ///   - request: The complete request.
  ///   - rules: What may be registered.
  /// - Throws: 400, 415 or 422.
  init(_ request: borrowing Request, rules: SharedMemoryRules) throws(ServiceProblem) {
    var fields = try FieldReader(ofJSON: request)
    let key = try fields.string("key")
    let memfd = try fields.integer("memfd", in: 0...Int(Int32.max))
    offset = try fields.integer("offset", in: 0...Int.max / 2) ?? 0
    guard let byteCount = try fields.integer("byte_size", in: 1...Int.max / 2) else {
      throw fields.missing("byte_size")
    }
    try fields.finish()
    self.byteCount = byteCount
    switch (key, memfd) {
    case (let key?, nil):
      let name = try Self.objectName(key, rules)
      source = .object(name: name, owner: try Self.owner(request.head.connection, rules))
      connection = nil
    case (nil, let index?):
      source = .memfd(try Self.descriptor(index, of: request, rules))
      connection = request.head.connection.id
    default: throw .field(.root, "must have either key or memfd")
    }
  }

  /// Whether it is a memfd that is registered.
  var isMemfd: Bool { if case .memfd = source { true } else { false } }

  /// Makes the region.
  func region(_ claim: RegionClaim) throws(RegionFault) -> SharedRegion {
    switch source {
    case .object(let name, let owner):
      let file = try MemoryFile(object: name, ownedBy: owner)
      return try SharedRegion(object: file, offset: offset, byteCount: byteCount, claim: claim)
    case .memfd(let descriptor):
      return try SharedRegion(
        memfd: descriptor, offset: offset, byteCount: byteCount, claim: claim)
    }
  }

  /// The object's name without the slash; what is not under the prefix is as good as not there.
  private static func objectName(
    _ key: String, _ rules: SharedMemoryRules
  ) throws(ServiceProblem) -> String {
    let place = JSONPointer.root.appending("key")
    guard let prefix = rules.prefix else { throw .field(place, "is not taken by this service") }
    let name = key.hasPrefix("/") ? String(key.dropFirst()) : key
    guard name.utf8.count <= 255, name.utf8.allSatisfy(\.isNameCharacter),
      name.hasPrefix(prefix.hasPrefix("/") ? String(prefix.dropFirst()) : prefix)
    else { throw .field(place, "must be a name with the prefix that this service is set to") }
    return name
  }

  /// Whose the object must be: over TCP nobody knows who asks, so the operator has to say it.
  private static func owner(
    _ connection: ConnectionInfo, _ rules: SharedMemoryRules
  ) throws(ServiceProblem) -> UInt32 {
    guard let owner = connection.knownUser ?? rules.owner else {
      throw .field(
        JSONPointer.root.appending("key"),
        "is taken over the Unix-domain socket alone, unless shared_memory_owner is set")
    }
    return owner
  }

  private static func descriptor(
    _ index: Int, of request: borrowing Request, _ rules: SharedMemoryRules
  ) throws(ServiceProblem) -> PassedDescriptor {
    let place = JSONPointer.root.appending("memfd")
    guard rules.takesMemfds else { throw .field(place, "is not taken by this service") }
    guard !request.lacksDescriptors else {
      throw ServiceProblem(
        .overloaded, detail: "there are as many descriptors as there may be", retryAfterSeconds: 1)
    }
    let descriptors = request.descriptors
    guard index < descriptors.count else {
      throw .field(
        place,
        "names no descriptor: \(descriptors.count) came with this request, and they come with "
          + "HTTP/1.1 requests over the Unix-domain socket alone")
    }
    return descriptors[index]
  }
}

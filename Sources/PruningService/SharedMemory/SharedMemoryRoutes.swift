import HTTPEngine
internal import TensorCoding

/// `/v1/shared-memory`: what a client has registered, and registering more.
final class SharedMemoryRoutes: Sendable {
  private let memory: SharedMemory

  init(_ memory: SharedMemory) { self.memory = memory }

  /// Answers a request; nothing in an answer tells which object or descriptor a region is.
  ///
  /// - Parameters:
  ///   - request: The complete request; its body is small.
  ///   - name: The region's name in the path; nil for the list.
  ///   - client: Who sends it.
  /// - Returns: The answer without the fields that all answers have.
  /// - Throws: 403 for clients elsewhere, 404 for an unknown name, 4xx for a faulty registration.
  func answer(
    _ request: borrowing Request, name: String?, client: ClientIdentity
  ) throws(ServiceProblem) -> Response {
    let connection = request.head.connection
    guard connection.sharesMemory(as: client) else { throw .sharesNoMemory }
    let client = ClientKey(client)
    guard let name else { return try list(of: client) }
    switch request.head.method {
    case .put: return try register(name, request, client)
    case .delete:
      guard memory.remove(name, of: client) else { throw .noSuchRegion }
      return Response(status: .noContent)
    default:
      guard let region = memory.region(name, of: client) else { throw .noSuchRegion }
      return try Self.json(AnswerObject(region, named: name))
    }
  }

  private func list(of client: ClientKey) throws(ServiceProblem) -> Response {
    var body = AnswerObject()
    let regions = memory.regions(of: client)
    body.append("regions", .list(regions.map { .object(AnswerObject($1, named: $0)) }))
    return try Self.json(body)
  }

  private func register(
    _ name: String, _ request: borrowing Request, _ client: ClientKey
  ) throws(ServiceProblem) -> Response {
    guard Self.isName(name) else {
      throw ServiceProblem(
        .valueOutOfRange, detail: "a region's name has 1 to 64 letters, digits, '.', '_' and '-'")
    }
    let registration = try RegionRegistration(request, rules: memory.rules)
    do throws(RegionFault) {
      let (region, replaced) = try memory.register(
        name, for: client, connection: registration.connection,
        byteCount: registration.byteCount, registration.region)
      return try Self.response(region, name, replaced)
    } catch { throw ServiceProblem(error, isMemfd: registration.isMemfd) }
  }

  private static func response(
    _ region: SharedRegion, _ name: String, _ replaced: Bool
  ) throws(RegionFault) -> Response {
    do throws(ServiceProblem) {
      var response = try json(AnswerObject(region, named: name))
      if !replaced { response.status = .created }
      return response
    } catch {
      // Only rows of tokens can fail to be written.
      preconditionFailure("a page without tokens cannot be written: \(error)")
    }
  }

  private static func isName(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(\.isNameCharacter)
  }

  private static func json(_ object: AnswerObject) throws(ServiceProblem) -> Response {
    Response(
      fields: ["Content-Type": MessageEncoding.json.mediaType],
      body: .bytes(try AnswerEncoder.json(object)))
  }
}

extension UInt8 {
  /// What names of regions and objects consist of.
  var isNameCharacter: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

extension AnswerObject {
  /// A region without what it was made from.
  fileprivate init(_ region: SharedRegion, named name: String) {
    self.init()
    append("name", .string(name))
    append("kind", .string(region.kind.rawValue))
    append("byte_size", .integer(region.byteCount))
    append("writable", .boolean(region.isWritable))
  }
}

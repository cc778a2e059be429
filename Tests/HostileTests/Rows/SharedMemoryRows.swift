import Glibc
import PruningService
import TestSupport
import Testing

/// Requests about memory that the client shares, or says that it does.
///
/// What needs a Unix-domain socket, or a client that changes its memory, is in
/// `Tests/PruningServiceTests/SharedMemory`.
enum SharedMemoryRows {
  static let all = registrations + references

  static let prefix = "/vflowopt-hostile-"
  /// An object of 4096 zeros that is there as long as the table is tried.
  ///
  /// It is named after the process, because objects are the whole machine's.
  private static let object = shownObject + "-\(getpid())"
  private static let shownObject = prefix + "object"

  static func makeObject() -> SharedMemoryFile { SharedMemoryFile(name: object, count: 4096) }

  /// Registers the whole object as region `r`.
  static func register(at service: HostileService) throws {
    let answer = try ServiceConnection(port: service.port).exchange(
      "PUT", "/v1/shared-memory/r", fields: [("Content-Type", "application/json")],
      body: Array(#"{"key":"\#(object)","byte_size":4096}"#.utf8))
    #expect(answer.status == 201)
  }

  private static func put(
    _ rule: String, _ body: String, _ answer: HostileRow.Answer, name: String = "a"
  ) -> HostileRow {
    let head = Wire.head(
      "PUT /v1/shared-memory/\(name)",
      ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"])
    return HostileRow(
      rule: rule,
      shown: "PUT /v1/shared-memory/\(name) \(body.replacing(object, with: shownObject))",
      bytes: { Array((head + body).utf8) },
      answers: [answer])
  }

  private static let registrations: [HostileRow] = [
    put("a region of nothing", "{}", .problem(.valueOutOfRange, "/byte_size")),
    put("a region without memory", #"{"byte_size":1}"#, .problem(.valueOutOfRange, "")),
    put(
      "a region of two memories", #"{"key":"\#(object)","memfd":0,"byte_size":1}"#,
      .problem(.valueOutOfRange, "")),
    put(
      "a region without a byte", #"{"key":"\#(object)","byte_size":0}"#,
      .problem(.valueOutOfRange, "/byte_size")),
    put(
      "a region before its object", #"{"key":"\#(object)","offset":-1,"byte_size":1}"#,
      .problem(.valueOutOfRange, "/offset")),
    put(
      "a region larger than its object", #"{"key":"\#(object)","byte_size":4097}"#,
      .problem(.valueOutOfRange, "/byte_size")),
    put(
      "a region far beyond its object",
      #"{"key":"\#(object)","offset":4611686018427387903,"byte_size":4096}"#,
      .problem(.valueOutOfRange, "/byte_size")),
    put(
      "a region beyond 63 bits",
      #"{"key":"\#(object)","offset":9223372036854775807,"byte_size":1}"#,
      .problem(.valueOutOfRange, "/offset")),
    put(
      "a region larger than all may be", #"{"key":"\#(object)","byte_size":4294967297}"#,
      .problem(.contentTooLarge, "/byte_size")),
    put(
      "an object without the prefix", #"{"key":"/other","byte_size":1}"#,
      .problem(.valueOutOfRange, "/key")),
    put(
      "an object that is a path", #"{"key":"\#(prefix)/../../etc/passwd","byte_size":1}"#,
      .problem(.valueOutOfRange, "/key")),
    put(
      "an object that is not there", #"{"key":"\#(prefix)absent","byte_size":1}"#,
      .problem(.valueOutOfRange, "/key")),
    put(
      "a memfd that did not come", #"{"memfd":0,"byte_size":1}"#,
      .problem(.valueOutOfRange, "/memfd")),
    put(
      "the hundredth memfd", #"{"memfd":99,"byte_size":1}"#, .problem(.valueOutOfRange, "/memfd")),
    put(
      "a region with a space in its name", #"{"memfd":0,"byte_size":1}"#,
      .problem(.valueOutOfRange), name: "a%20b"),
    HostileRow(
      rule: "forgetting a region that is not there", shown: "DELETE /v1/shared-memory/a",
      bytes: { Array(Wire.head("DELETE /v1/shared-memory/a", []).utf8) },
      answers: [.problem(.notFound)]),
  ]

  /// A request that refers to region `r`, which is the object.
  private static func refer(
    _ rule: String, _ body: String, _ answer: HostileRow.Answer
  ) -> HostileRow { .json(rule, "/v1/prune", body, answer) }

  private static func importance(_ place: String, _ shape: String = "[1,4]") -> String {
    #"{$STRATEGY,"importance":{"dtype":"F32","shape":\#(shape),"shared_memory":\#(place)}}"#
  }

  private static func output(_ place: String) -> String {
    #"{$STRATEGY,$BATCH,"tokens":{"dtype":"F32","shape":[1,4,4],"shared_memory":"#
      + #"{"region":"r","offset":64,"byte_size":64}},"output_shared_memory":\#(place)}"#
  }

  private static let at = "/importance/shared_memory"

  private static let references: [HostileRow] = [
    refer("a tensor in a region", importance(#"{"region":"r","byte_size":16}"#), .success),
    refer(
      "a tensor in a region of nobody", importance(#"{"region":"s","byte_size":16}"#),
      .problem(.notFound, at + "/region")),
    refer(
      "a tensor in fewer bytes than it needs", importance(#"{"region":"r","byte_size":15}"#),
      .problem(.valueOutOfRange, at + "/byte_size")),
    refer(
      "a tensor at the very end of a region and beyond",
      importance(#"{"region":"r","offset":4092,"byte_size":16}"#),
      .problem(.valueOutOfRange, at + "/byte_size")),
    refer(
      "a tensor whose end overflows",
      importance(#"{"region":"r","offset":9223372036854775804,"byte_size":16}"#),
      .problem(.valueOutOfRange, at + "/byte_size")),
    refer(
      "a tensor between two elements", importance(#"{"region":"r","offset":2,"byte_size":16}"#),
      .problem(.valueOutOfRange, at + "/offset")),
    refer(
      "a tensor of exabytes in a region",
      importance(#"{"region":"r","byte_size":9223372036854775804}"#, "[1,2305843009213693951]"),
      .problem(.valueOutOfRange, "/importance/shape")),
    refer(
      "tokens sent back into the region", output(#"{"region":"r","offset":128,"byte_size":64}"#),
      .success),
    refer(
      "tokens sent back over those that are read",
      output(#"{"region":"r","offset":64,"byte_size":64}"#),
      .problem(.valueOutOfRange, "/output_shared_memory")),
    refer(
      "tokens sent back to where they do not fit",
      output(#"{"region":"r","offset":128,"byte_size":16}"#),
      .problem(.valueOutOfRange, "/output_shared_memory/byte_size")),
    refer(
      "tokens sent back askew", output(#"{"region":"r","offset":129,"byte_size":64}"#),
      .problem(.valueOutOfRange, "/output_shared_memory/offset")),
    refer(
      "tokens sent back beyond the region",
      output(#"{"region":"r","offset":4032,"byte_size":65}"#),
      .problem(.valueOutOfRange, "/output_shared_memory/byte_size")),
  ]
}

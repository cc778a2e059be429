import FuzzHarness
import HTTPEngine

/// What holds for every head that the engine lets through, and what a service does with one.
enum HeadChecks {
  private static let router: Router<Int> = {
    var router = Router<Int>()
    do throws(RoutingError) {
      try router.add(.get, "/v1/strategies/{name}", 0)
      try router.add(.post, "/v1/studies/{study}/trials/{trial}:tell", 1)
    } catch { fatalError("the patterns are valid: \(error)") }
    return router
  }()

  static func check(_ head: RequestHead) {
    FuzzHarness.require(!head.target.isEmpty, "a target is not empty")
    for byte in head.target.utf8 {
      FuzzHarness.require(byte > 0x20 && byte < 0x7F, "a target has visible characters only")
    }
    FuzzHarness.require(
      head.path == "*" || head.path.hasPrefix("/"), "a path is absolute: \(head.path)")
    FuzzHarness.require(
      head.fields.values(of: "host").count <= 1, "there is one Host at the most")
    FuzzHarness.require(
      !head.fields.contains("content-length") || !head.fields.contains("transfer-encoding"),
      "a body has one length")
    for field in lines(head.fields) {
      FuzzHarness.require(!field.hasPrefix(":"), "a field has a name")
      for byte in field.utf8 {
        FuzzHarness.require(
          byte >= 0x20 && byte != 0x7F || byte == 0x09, "values have no control characters")
      }
    }
    use(head)
  }

  /// What admission reads of a head.
  private static func use(_ head: RequestHead) {
    _ = router.match(head.method, path: head.path)
    let accept = AcceptHeader(head.fields.values(of: "accept"))
    _ = accept.best(of: [.json, .problemJSON])
    if let type = head.fields["content-type"].flatMap({ MediaType(parsing: $0) }) {
      FuzzHarness.require(
        MediaType(parsing: type.description) == type, "a media type can be written and read")
    }
  }

  static func line(_ head: RequestHead) -> String {
    let length = head.contentLength.map { "\($0)" } ?? "-"
    return "\(head.method.name) \(head.target) \(head.path) \(head.query ?? "-") \(head.version) "
      + "\(head.authority ?? "-") \(length) \(head.isChunked) \(head.expectsContinue)"
  }

  static func lines(_ fields: HeaderFields) -> [String] {
    fields.map { "\($0.name): \($0.value)" }
  }
}

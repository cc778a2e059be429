import PruningService

/// Requests for things that are not there, or in forms that the service does not speak.
enum RoutingRows {
  static let all = paths + methods + negotiation + deadlines

  private static let paths: [HostileRow] = [
    .get("a route that does not exist", "GET /v2/prune", [], .problem(.notFound)),
    .get("a route with a slash behind it", "GET /livez/", [], .problem(.notFound)),
    .get("a route in capitals", "GET /LIVEZ", [], .problem(.notFound)),
    .get("two slashes", "GET //livez", [], .problem(.notFound)),
    .get("a path with dots", "GET /v1/../livez", [], .problem(.notFound)),
    .get("a path with escaped dots", "GET /v1/%2e%2e/livez", [], .problem(.notFound)),
    .get("an escaped slash in a name", "GET /v1/strategies/a%2Fb", [], .problem(.malformedMessage)),
    .get(
      "an escape that is no number", "GET /v1/strategies/%zz", [], .problem(.malformedMessage)
    ).closing(),
    .get("an escape without its end", "GET /v1/strategies/%2", [], .problem(.malformedMessage))
      .closing(),
    .get(
      "escaped bytes that are not UTF-8", "GET /v1/strategies/%ff", [], .problem(.malformedMessage)),
    .get("an escaped NUL", "GET /v1/strategies/a%00", [], .problem(.malformedMessage)).closing(),
    .get("a strategy that does not exist", "GET /v1/strategies/none", [], .problem(.notFound)),
    .get("a target of another scheme", "GET ftp://x/livez", [], .problem(.malformedMessage))
      .closing(),
    .get("a target without a path", "GET localhost:80", [], .problem(.malformedMessage)).closing(),
    .get("a fragment in a target", "GET /livez#a", [], .problem(.malformedMessage)).closing(),
    .get("the absolute form is a target", "GET http://localhost/livez", [], .success),
    .get("a query is ignored", "GET /livez?a=%41&&=", [], .success),
  ]

  private static let methods: [HostileRow] = [
    .get("GET where there is POST", "GET /v1/prune", [], .problem(.methodNotAllowed)),
    .get("HEAD where there is POST", "HEAD /v1/prune", [], .status(405)),
    .get("PUT where there is POST", "PUT /v1/prune", [], .problem(.methodNotAllowed)),
    .get("DELETE of a probe", "DELETE /livez", [], .problem(.methodNotAllowed)),
    .get("TRACE, which would echo secrets", "TRACE /livez", [], .problem(.methodNotAllowed)),
    .get("POST of a strategy", "POST /v1/strategies/a", [], .problem(.methodNotAllowed)),
    .get("a method that nobody knows", "BREW /livez", [], .problem(.unsupportedMethod)).closing(),
    .get("a method in small letters", "get /livez", [], .problem(.unsupportedMethod)).closing(),
    .get("a tunnel", "CONNECT localhost:80", [], .problem(.unsupportedMethod)).closing(),
    .get("OPTIONS lists the methods", "OPTIONS /v1/prune", [], .status(204)),
    .get("OPTIONS of everything", "OPTIONS *", [], .status(204)),
    .get("* with another method", "GET *", [], .problem(.malformedMessage)).closing(),
    .get("HEAD of a page has no body", "HEAD /livez", [], .success),
  ]

  private static func post(
    _ rule: String, _ fields: [String], _ answer: HostileRow.Answer
  ) -> HostileRow {
    let body = Abbreviations.expand("{$STRATEGY,$BATCH}")
    let all = fields + ["Content-Length: \(body.utf8.count)"]
    let shown = "POST /v1/prune " + fields.joined(separator: ", ")
    return .bytes(rule, shown, answer) { Array((Wire.head("POST /v1/prune", all) + body).utf8) }
  }

  private static let json = "Content-Type: application/json"

  private static let negotiation: [HostileRow] = [
    post("no media type", [], .problem(.unsupportedMediaType)),
    post("text", ["Content-Type: text/plain"], .problem(.unsupportedMediaType)),
    post(
      "a form", ["Content-Type: multipart/form-data; boundary=a"], .problem(.unsupportedMediaType)),
    post(
      "bytes of no kind", ["Content-Type: application/octet-stream"],
      .problem(.unsupportedMediaType)),
    post(
      "JSON in another charset", ["Content-Type: application/json; charset=latin1"],
      .problem(.unsupportedMediaType)),
    post(
      "a media type without an end", ["Content-Type: application/"], .problem(.unsupportedMediaType)
    ),
    post("two media types", [json, json], .problem(.malformedMessage)).closing(),
    post("JSON in capitals is JSON", ["Content-Type: Application/JSON; charset=UTF-8"], .success),
    post("an answer in HTML", [json, "Accept: text/html"], .problem(.notAcceptable)),
    post(
      "an answer of no kind at all", [json, "Accept: */*;q=0"], .problem(.notAcceptable)),
    post(
      "JSON that says it is safetensors", ["Content-Type: application/vnd.safetensors"],
      .problem(.malformedBody)),
    post("a request id that is no id is not echoed", [json, "X-Request-Id: <script>"], .success),
  ]

  private static let deadlines: [HostileRow] = [
    post("a deadline that has passed", [json, "X-Deadline-Ms: 0"], .problem(.deadlineExceeded)),
    post("a negative deadline", [json, "X-Deadline-Ms: -1"], .problem(.malformedMessage)),
    post(
      "a deadline that is no number", [json, "X-Deadline-Ms: soon"], .problem(.malformedMessage)),
    post("a fraction of a deadline", [json, "X-Deadline-Ms: 1.5"], .problem(.malformedMessage)),
    post(
      "a deadline beyond all time", [json, "X-Deadline-Ms: 99999999999999999999"],
      .problem(.malformedMessage)),
  ]
}

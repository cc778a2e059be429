import Foundation
import HTTPEngine
import TestSupport
import Testing

@testable import PruningService

/// Every route with every credential on every listener of a running service.
@Suite struct AccessMatrixTests {
  private static func target(_ route: ServiceRoute) -> String {
    route.pattern.replacing("{name}", with: "llava-onevision-7b@0.50")
      .replacing("{study}", with: "none").replacing("{trial}", with: "1")
  }

  /// The status that access control gives; nil where the route answers.
  ///
  /// Written down once more, away from the code: a table of what the documentation promises.
  private static func refusal(
    _ route: ServiceRoute, _ offer: Offer, method: String = "GET", toAdmin: Bool, hasAdmin: Bool
  ) -> Int? {
    let isCalibration =
      route.pattern.hasPrefix("/v1/studies") || route.pattern.hasPrefix("/v1/strategies")
    let isPublic = ["/livez", "/readyz", "/healthz"].contains(route.pattern)
    let isWatching = ["/metrics", "/info"].contains(route.pattern)
    let isAdministration = route.pattern.hasPrefix("/v1/admin/")
    let exists =
      toAdmin
      ? isPublic || isWatching || isAdministration
      : !hasAdmin || !(route.pattern == "/metrics" || isAdministration)
    if exists && (isPublic || (toAdmin && isWatching)) { return nil }
    switch offer {
    case .nothing, .wrongKey, .basic: return 401
    case .twoKeys: return 400
    case .allScopes: return exists ? nil : 404
    case .scope(let scope):
      guard exists else { return 404 }
      let needed: AccessScope =
        switch route.pattern {
        case "/v1/prune", "/v1/importance", "/v1/plan", "/v1/shared-memory",
          "/v1/shared-memory/{name}":
          .prune
        case "/v1/discrepancy": .calibrate
        case "/v1/admin/log-level": .admin
        case _ where isCalibration && ["POST", "PUT", "DELETE"].contains(method): .calibrate
        default: .read
        }
      return scope == needed ? nil : 403
    }
  }

  /// The ways to a service that has all its listeners.
  private enum Way: CaseIterable {
    case plain
    case tls
    case unix
    case admin
  }

  @Test(arguments: [false, true])
  func `every route is open to its scope and to nobody else`(hasAdmin: Bool) throws {
    let (ring, certificates) = (try KeyRing(), try ServiceCertificates())
    let socket = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let service = try LoopbackService {
      $0.apiKeys = ring.path
      $0.sharedMemoryPrefix = "/vflowopt-test-"
      $0.unixSocket = socket
      $0.tlsPort = 0
      $0.tlsCertificate = certificates.certificate("server")
      $0.tlsKey = certificates.key("server")
      if hasAdmin { $0.adminPort = 0 }
    }
    for way in hasAdmin ? Way.allCases : [.plain, .tls, .unix] {
      for route in ServiceRoute.allCases {
        for offer in Offer.all {
          let connection =
            switch way {
            case .plain: try service.connect()
            case .tls: try service.connect(over: certificates)
            case .unix: try service.connect(path: socket)
            case .admin: try service.connect(toAdmin: true)
            }
          try check(route, offer, ring, on: connection, "\(way)") { method in
            Self.refusal(
              route, offer, method: method, toAdmin: way == .admin, hasAdmin: hasAdmin)
          }
        }
      }
    }
  }

  /// All methods of a route get their decision, those that it does not have too.
  private func check(
    _ route: ServiceRoute, _ offer: Offer, _ ring: KeyRing, on connection: ServiceConnection,
    _ way: String, expecting: (_ method: String) -> Int?
  ) throws {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
      let answer = try connection.exchange(
        method, Self.target(route), fields: offer.fields(ring) + [("Accept", "*/*")])
      let label = "\(method) \(route.pattern), \(offer), \(way)"
      if let expected = expecting(method) {
        #expect(answer.status == expected, "\(label)")
        let isChallenged = expected == 401 || expected == 403
        #expect((answer["www-authenticate"] != nil) == isChallenged, "\(label)")
      } else {
        // There is no such study or region, which only who may ask is told.
        let isOpen =
          answer.status != 404 || route.pattern.contains("{study}") || route == .sharedMemoryRegion
        #expect(isOpen && ![401, 403].contains(answer.status), "\(label): \(answer.status)")
      }
    }
  }

  /// The status of a GET over HTTP/2; nil if another protocol was spoken.
  ///
  /// One process for each request: curl 7.88 cannot use an h2c connection twice.
  private static func statusOverHTTP2(
    _ url: String, _ fields: [(String, String)], _ options: [String]
  ) throws -> Int? {
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments =
      ["--silent", "--max-time", "30", "--output", "/dev/null", url]
      + ["--write-out", "%{http_version} %{http_code}"] + options
      + fields.flatMap { ["--header", "\($0): \($1)"] }
    process.standardOutput = output
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let words = text.split(separator: " ")
    return words.first == "2" ? words.last.flatMap { Int($0) } : nil
  }

  @Test(arguments: [false, true])
  func `HTTP 2 gets the same decisions`(isTLS: Bool) throws {
    let (ring, certificates) = (try KeyRing(), try ServiceCertificates())
    let service = try LoopbackService {
      $0.apiKeys = ring.path
      $0.sharedMemoryPrefix = "/vflowopt-test-"
      $0.tlsPort = 0
      $0.tlsCertificate = certificates.certificate("server")
      $0.tlsKey = certificates.key("server")
    }
    let base = isTLS ? "https://127.0.0.1:\(service.tlsPort)" : "http://127.0.0.1:\(service.port)"
    let options =
      isTLS
      ? ["--http2", "--cacert", certificates.certificate("authority")]
      : ["--http2-prior-knowledge"]
    for offer in Offer.all {
      for route in ServiceRoute.allCases {
        let status = try #require(
          try Self.statusOverHTTP2(base + Self.target(route), offer.fields(ring), options))
        if let expected = Self.refusal(route, offer, toAdmin: false, hasAdmin: false) {
          #expect(status == expected, "\(route.pattern), \(offer)")
        } else {
          let mayLack = route.pattern.contains("{study}") || route == .sharedMemoryRegion
          let answers = mayLack ? [404, 405] : [200, 405]
          #expect(answers.contains(status), "\(route.pattern), \(offer)")
        }
      }
    }
  }

  @Test(arguments: ["/nothing", "/v1/admin/none", "*"])
  func `what leads nowhere is told to clients only`(target: String) throws {
    let ring = try KeyRing()
    let service = try LoopbackService {
      $0.apiKeys = ring.path
      $0.sharedMemoryPrefix = "/vflowopt-test-"
      $0.adminPort = 0
    }
    let method = target == "*" ? "OPTIONS" : "GET"
    for toAdmin in [false, true] {
      let closed = try service.connect(toAdmin: toAdmin).exchange(method, target)
      #expect(closed.status == 401)
      let open = try service.connect(toAdmin: toAdmin).exchange(
        method, target, fields: [("X-Api-Key", ring[.calibrate])])
      #expect([204, 404].contains(open.status))
    }
  }

  @Test func `without keys everything but administration is open`() throws {
    let service = try LoopbackService()
    for route in ServiceRoute.allCases {
      let method = route.methods[0].name
      let status = try service.connect().exchange(method, Self.target(route)).status
      #expect((status == 403) == (route == .logLevel), "\(route)")
      #expect(status != 401)
    }
  }

  @Test func `without keys an admin listener is open to whoever reaches it`() throws {
    let service = try LoopbackService { $0.adminPort = 0 }
    #expect(try service.connect().exchange("GET", "/metrics").status == 404)
    #expect(try service.connect().exchange("GET", "/v1/admin/log-level").status == 404)
    #expect(try service.connect(toAdmin: true).exchange("GET", "/metrics").status == 200)
    #expect(try service.connect(toAdmin: true).exchange("GET", "/v1/admin/log-level").status == 200)
    #expect(try service.connect(toAdmin: true).exchange("POST", "/v1/prune").status == 404)
    let index = try service.connect().exchange("GET", "/").text
    #expect(index.contains("/v1/prune"))
    #expect(!index.contains("/metrics"))
  }

  @Test func `a refusal comes before any body byte is asked for`() throws {
    let ring = try KeyRing()
    let service = try LoopbackService { $0.apiKeys = ring.path }
    let connection = try service.connect()
    try connection.send(
      "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + "Expect: 100-continue\r\nContent-Length: 500000\r\n\r\n")
    #expect(try connection.readAnswer().status == 401)
    let authorised = try service.connect()
    try authorised.send(
      "POST /v1/prune HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + "X-Api-Key: \(ring[.prune])\r\nExpect: 100-continue\r\nContent-Length: 500000\r\n\r\n")
    #expect(try authorised.readAnswer().status == 100)
  }
}

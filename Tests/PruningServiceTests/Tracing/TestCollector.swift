import Foundation
import HTTPEngine
import Locking
import WorkerPool

@testable import PruningService

/// A collector in the same process: the engine itself, which keeps what it is sent.
final class TestCollector: Responder {
  private let documents = Locked<[[UInt8]]>([])
  private let status: Status
  // Nil until `start`, which cannot come before `self`.
  private let server = Locked<HTTPServer?>(nil)

  init(status: Status = .ok) { self.status = status }

  deinit { server.withLock { $0 }?.stop() }

  /// Starts to listen and tells where.
  func start() throws -> CollectorAddress {
    let server = HTTPServer(
      configuration: ServerConfiguration(
        listeners: [ListenerConfiguration(name: "collector", host: "127.0.0.1", port: 0)]),
      responder: Relay(self))
    let address = try server.start()[0]
    self.server.withLock { $0 = server }
    guard let collector = CollectorAddress("http://\(address.authority)/v1/traces") else {
      throw CancellationError()
    }
    return collector
  }

  /// Not the collector itself, which would then never end.
  private final class Relay: Responder {
    private let owner: Locked<WeakReference>

    private struct WeakReference: Sendable { weak var collector: TestCollector? }

    init(_ collector: TestCollector) { owner = Locked(WeakReference(collector: collector)) }

    func admit(_ head: borrowing RequestHead) -> Admission { .accept(maximumBodyBytes: 1 << 22) }

    func respond(to request: consuming Request, reply: consuming Reply) {
      owner.withLock { $0.collector }?.respond(to: request, reply: reply)
    }
  }

  func admit(_ head: borrowing RequestHead) -> Admission { .accept(maximumBodyBytes: 1 << 22) }

  func respond(to request: consuming Request, reply: consuming Reply) {
    let isExport =
      request.head.method == .post && request.head.path == "/v1/traces"
      && request.head.fields["content-type"] == "application/json"
    // The pointer is used only inside the closure.
    let bytes = unsafe request.body.bytes.withUnsafeBytes { unsafe Array($0) }
    if isExport { documents.withLock { $0.append(bytes) } }
    reply.send(Response(status: isExport ? status : .notFound))
  }

  /// The spans of all documents so far.
  func spans() throws -> [[String: Any]] {
    try documents.withLock { $0 }.flatMap { document in
      let object = try JSONSerialization.jsonObject(with: Data(document)) as? [String: Any]
      let resources = object?["resourceSpans"] as? [[String: Any]] ?? []
      let scopes = resources.flatMap { $0["scopeSpans"] as? [[String: Any]] ?? [] }
      return scopes.flatMap { $0["spans"] as? [[String: Any]] ?? [] }
    }
  }

  /// The spans once there are that many, or those that came in ten seconds.
  func spans(atLeast count: Int) throws -> [[String: Any]] {
    let deadline = Deadline.after(.seconds(10))
    let pause = WakeUp()
    while try spans().count < count, !deadline.isPassed { pause.sleep(milliseconds: 5) }
    return try spans()
  }

  /// The number of documents.
  var count: Int { documents.withLock(\.count) }
}

/// The attributes of a span as text.
func attributes(_ span: [String: Any]) -> [String: String] {
  let list = span["attributes"] as? [[String: Any]] ?? []
  return Dictionary(
    list.map { entry in
      let value = entry["value"] as? [String: Any] ?? [:]
      return (entry["key"] as? String ?? "", "\(value.values.first ?? "")")
    }, uniquingKeysWith: { first, _ in first })
}

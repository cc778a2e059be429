/// Why admission refused work: a metric's label.
enum RejectionReason: Int, CaseIterable, Sendable {
  case queue
  case bytes
  case clientRequests
  case clientBytes
  case draining

  /// The label's value.
  var label: String {
    switch self {
    case .queue: "queue"
    case .bytes: "bytes"
    case .clientRequests: "client_requests"
    case .clientBytes: "client_bytes"
    case .draining: "draining"
    }
  }

  /// Whether the client is over its share, rather than the house full.
  var isOfClient: Bool { self == .clientRequests || self == .clientBytes }

  /// A sentence for people.
  var detail: String {
    switch self {
    case .queue: "the queue is full"
    case .bytes: "too many body bytes are in flight"
    case .clientRequests: "this client has its share of the queue, and others wait"
    case .clientBytes: "this client has its share of the bytes in flight, and others wait"
    case .draining: "the service finishes its work and takes no more"
    }
  }

  init(_ shortage: AdmissionLedger.Shortage, isAlone: Bool) {
    let isOfClient = shortage.isOfShare && !isAlone
    self =
      switch shortage.supply {
      case .places: isOfClient ? .clientRequests : .queue
      case .bytes, .awaited: isOfClient ? .clientBytes : .bytes
      }
  }
}

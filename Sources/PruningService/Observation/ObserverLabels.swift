import HTTPEngine

// The engine's enumerations as values of labels: fixed words, whatever clients send.

extension CloseReason {
  /// The label's value.
  var label: String {
    switch self {
    case .peerFinished: "peer_finished"
    case .peerAborted: "peer_aborted"
    case .answered: "answered"
    case .idleTimeout: "idle_timeout"
    case .timeout: "timeout"
    case .shutdown: "shutdown"
    case .tlsFailed: "tls_failed"
    case .trustWithdrawn: "trust_withdrawn"
    }
  }
}

extension StreamReset {
  /// The label's value.
  var label: String {
    switch self {
    case .client: "client"
    case .server: "server"
    }
  }
}

extension SessionFailure {
  /// The label's value.
  var label: String {
    switch self {
    case .protocolViolation: "protocol_violation"
    case .flood: "flood"
    case .slow: "slow"
    case .internal: "internal"
    }
  }
}

extension TLSFailure {
  /// The label's value.
  var label: String {
    switch self {
    case .protocolViolation: "protocol_violation"
    case .nothingInCommon: "nothing_in_common"
    case .clientCertificate: "client_certificate"
    case .plaintext: "plaintext"
    case .refusedByClient: "refused_by_client"
    case .disconnected: "disconnected"
    case .timeout: "timeout"
    case .outOfMemory: "out_of_memory"
    }
  }
}

extension HTTPVersion {
  /// The label's value.
  var label: String {
    switch self {
    case .http10: "http/1.0"
    case .http11: "http/1.1"
    case .http2: "http/2"
    }
  }

  static let labels = [Self.http10, .http11, .http2].map(\.label)
}

extension TLSVersion {
  /// The label's value.
  var label: String {
    switch self {
    case .tls12: "1.2"
    case .tls13: "1.3"
    }
  }

  static let labels = [Self.tls12, .tls13].map(\.label)
}

extension Refusal {
  /// The label's value; limits are left out.
  var label: String {
    switch self {
    case .malformedMessage: "malformed_message"
    case .unsupportedVersion: "unsupported_version"
    case .unsupportedTransferCoding: "unsupported_transfer_coding"
    case .unknownMethod: "unknown_method"
    case .targetTooLong: "target_too_long"
    case .fieldsTooLarge: "fields_too_large"
    case .contentTooLarge: "content_too_large"
    case .requestTimeout: "request_timeout"
    case .expectationFailed: "expectation_failed"
    case .tooManyConnections: "too_many_connections"
    case .outOfMemory: "out_of_memory"
    case .internal: "internal"
    }
  }

  static let labels = [
    "malformed_message", "unsupported_version", "unsupported_transfer_coding", "unknown_method",
    "target_too_long", "fields_too_large", "content_too_large", "request_timeout",
    "expectation_failed", "too_many_connections", "out_of_memory", "internal",
  ]
}

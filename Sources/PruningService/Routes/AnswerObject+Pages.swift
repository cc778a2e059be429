import HTTPEngine
import TokenPruning
import VectorKernels

extension AnswerObject {
  /// The answer of a probe.
  static func status(_ word: String) -> AnswerObject {
    var body = AnswerObject()
    body.append("status", .string(word))
    return body
  }

  /// `GET /`: the routes of the data listener with their methods.
  static func serviceIndex(hasAdminListener: Bool, sharesMemory: Bool = false) -> AnswerObject {
    var routes = AnswerObject()
    for route in ServiceRoute.allCases
    where route.isOffered(on: .data, hasAdminListener: hasAdminListener)
      && (sharesMemory || !route.isOfSharedMemory)
    {
      let methods = route.methods.map(\.name).joined(separator: ", ")
      routes.append(route.pattern, .string(methods))
    }
    var body = AnswerObject()
    body.append("name", .string("vflowopt"))
    body.append("version", .string(ServiceVersion.current))
    body.append("contract", .string(ServiceRoute.contract.pattern))
    body.append("routes", .object(routes))
    return body
  }

  /// `GET /info`: what this service is and accepts.
  static func serviceInformation(
    _ configuration: ServiceConfiguration, kernels: KernelSet, strategies: [NamedStrategy]
  ) -> AnswerObject {
    var body = AnswerObject()
    body.append("name", .string("vflowopt"))
    body.append("version", .string(ServiceVersion.current))
    body.append("kernel_set", .string(kernels.name))
    body.append("kernel_sets", .strings(KernelSet.supported.map(\.name)))
    body.append("encodings", .strings(Negotiation.mediaTypes))
    body.append("strategies", .strings(strategies.map(\.name)))
    body.append("models", .strings(ModelShape.known.compactMap(\.name)))
    body.append("limits", .object(limits(configuration)))
    return body
  }

  private static func limits(_ configuration: ServiceConfiguration) -> AnswerObject {
    var limits = AnswerObject()
    limits.append("maximum_body_bytes", .integer(configuration.maximumBodyBytes))
    limits.append("maximum_json_body_bytes", .integer(configuration.maximumJSONBodyBytes))
    limits.append("maximum_chunked_body_bytes", .integer(configuration.maximumChunkedBodyBytes))
    limits.append("maximum_inflation_ratio", .integer(configuration.maximumInflationRatio))
    limits.append("in_flight_bytes", .integer(configuration.inFlightBytes))
    limits.append("queue_capacity", .integer(configuration.queueCapacity))
    limits.append("threads", .integer(configuration.threads))
    return limits
  }
}

extension AnswerValue {
  fileprivate static func strings(_ texts: [String]) -> AnswerValue {
    .list(texts.map(AnswerValue.string))
  }
}

import Glibc
import HTTPEngine
import Telemetry
import TokenPruning
import VectorKernels
import WorkerPool

/// The parts of a service below its server, so that tests can talk to the responder without one.
struct ServiceParts: Sendable {
  let log: ServiceLog
  let pool: WorkerPool
  let buffers: BufferPool
  let metrics: ServiceMetrics
  let admission: AdmissionControl
  let access: AccessControl
  let reload: SettingsReload
  let responder: ServiceResponder

  init(
    _ configuration: ServiceConfiguration, kernels: KernelSet, sink: any LogSink
  ) throws(ServiceStartError) {
    let level = AdjustableLogSink(sink, minimumLevel: LogLevel(configuration))
    log = ServiceLog(level)
    let policy = try Self.makePolicy(configuration)
    pool = try Self.makePool(configuration)
    buffers = BufferPool(maximumIdleBytes: configuration.bufferPoolBytes)
    metrics = ServiceMetrics()
    admission = AdmissionControl(configuration: configuration, pool: pool, metrics: metrics)
    access = AccessControl(
      policy: policy, hasAdminListener: configuration.adminPort != nil, registry: metrics.registry)
    reload = SettingsReload(
      configuration, level: level, access: access, log: log, registry: metrics.registry)
    let observation = RequestObservation(metrics: metrics, log: log)
    let strategies = BuiltInStrategies()
    let pages = PageRoutes(
      configuration: configuration, admission: admission, pool: pool,
      registry: metrics.registry, strategies: strategies, kernels: kernels)
    let operations = OperationRunner(
      pool: pool, buffers: buffers,
      operations: ServiceOperations(
        kernels: kernels, strategies: strategies, limits: MessageLimits()),
      observation: observation)
    responder = ServiceResponder(
      access: access, admission: admission, pages: pages,
      logLevel: LogLevelRoute(sink: level, log: log), operations: operations,
      observation: observation)
    register(kernels)
  }

  /// Numbers that are read where they are kept.
  private func register(_ kernels: KernelSet) {
    let registry = metrics.registry
    let (pool, ledger) = (pool, admission.ledger)
    registry.gauge("vflowopt_queue_depth", help: "Places taken in the queue.") {
      Double(pool.status.depth)
    }
    registry.gauge("vflowopt_busy_workers", help: "Workers that run a request.") {
      Double(pool.status.busyWorkers)
    }
    registry.gauge(
      "vflowopt_in_flight_bytes", help: "Bytes held for bodies and for answers not yet sent."
    ) { Double(ledger.total.bytes) }
    registry.gauge(
      "vflowopt_awaited_bytes", help: "Bytes among those in flight that have not arrived."
    ) { Double(ledger.total.awaited) }
    registry.gauge("vflowopt_clients", help: "Clients with a request in the house.") {
      Double(ledger.clients)
    }
    registry.counter(
      "vflowopt_bodies_evicted_total",
      help: "Bodies given up because they came slowly and their room was needed."
    ) { ledger.evictions }
    registry.gauge(
      "vflowopt_build_info", help: "Always 1; the labels tell the build.",
      labels: [("version", ServiceVersion.current), ("kernel_set", kernels.name)]
    ) { 1 }
    ProcessStatistics.register(in: registry)
  }

  private static func makePolicy(
    _ configuration: ServiceConfiguration
  ) throws(ServiceStartError) -> AccessPolicy? {
    do throws(ConfigurationError) {
      return try AccessPolicy(configuration)
    } catch {
      throw ServiceStartError(code: .settingsFile, message: error.lines.joined(separator: "\n"))
    }
  }

  private static func makePool(
    _ configuration: ServiceConfiguration
  ) throws(ServiceStartError) -> WorkerPool {
    do throws(WorkerPoolError) {
      return try WorkerPool(
        workers: configuration.threads, queueCapacity: configuration.queueCapacity, name: "worker")
    } catch {
      throw ServiceStartError(code: .outOfResources, message: "worker threads were refused")
    }
  }
}

extension KernelSet {
  /// The kernel set that the settings ask for.
  init(_ configuration: ServiceConfiguration) throws(ServiceStartError) {
    let name = configuration.kernelSet
    guard let set = name == "best" ? .best : KernelSet(named: name) else {
      let names = Self.supported.map(\.name).joined(separator: ", ")
      throw ServiceStartError(
        code: .kernelSetUnavailable,
        message: "this processor has no kernel set '\(name)', only \(names)")
    }
    self = set
  }
}

extension ServerConfiguration {
  /// What the settings say to the engine.
  init(_ configuration: ServiceConfiguration, buffers: BufferPool) {
    let listeners = ServiceListener.allCases.compactMap { $0.configuration(configuration) }
    self.init(listeners: listeners, bufferPool: buffers)
    loops = configuration.loops
    maximumConnections = configuration.maximumConnections
    timeouts.header = configuration.headerTimeout
    timeouts.body = configuration.bodyTimeout
    timeouts.keepAlive = configuration.keepAliveTimeout
    timeouts.write = configuration.writeTimeout
  }
}

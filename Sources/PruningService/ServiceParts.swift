import Calibration
import Glibc
import HTTPEngine
import Telemetry
import TokenPruning
import VectorKernels
import WorkerPool

/// The parts of a service below its server, so that tests can talk to the responder without one.
struct ServiceParts: Sendable {
  let log: ServiceLog
  let pools: WorkPools
  let location: StoreLocation
  let calibration: CalibrationDesk
  let watch: StoreWatch
  let buffers: BufferPool
  let metrics: ServiceMetrics
  let admission: AdmissionControl
  let access: AccessControl
  let reload: SettingsReload
  let responder: ServiceResponder
  let tracer: Tracer?
  let sharedMemory: SharedMemory?

  init(
    _ configuration: ServiceConfiguration, kernels: KernelSet, sink: any LogSink,
    inherited: [InheritedListener] = [], environment: [String: String] = [:]
  ) throws(ServiceStartError) {
    let level = AdjustableLogSink(sink, minimumLevel: LogLevel(configuration))
    log = ServiceLog(level)
    let policy = try Self.makePolicy(configuration)
    let hasAdminListener = ServiceListener.configurations(configuration, inherited: inherited)
      .contains { $0.name == ServiceListener.admin.rawValue }
    pools = try Self.makePools(configuration)
    buffers = BufferPool(
      maximumBytes: configuration.inFlightBytes,
      maximumIdleBytes: configuration.bufferPoolBytes ?? .max)
    metrics = ServiceMetrics()
    admission = AdmissionControl(configuration: configuration, pools: pools, metrics: metrics)
    access = AccessControl(
      policy: policy, hasAdminListener: hasAdminListener, registry: metrics.registry)
    reload = SettingsReload(
      configuration, level: level, access: access, log: log, registry: metrics.registry)
    tracer = try Tracer(configuration, log: log, registry: metrics.registry)
    let observation = RequestObservation(metrics: metrics, log: log, tracer: tracer)
    location = StoreLocation(configuration, environment)
    calibration = CalibrationDesk(
      try Calibrator(location, kernels: kernels), registry: metrics.registry)
    watch = try Self.makeWatch(calibration, location)
    let pages = PageRoutes(
      configuration: configuration, admission: admission, pool: pools.pruning,
      registry: metrics.registry, strategies: calibration.strategies, kernels: kernels,
      hasAdminListener: hasAdminListener)
    let sharedMemory = SharedMemoryRules(configuration).map(SharedMemory.init)
    self.sharedMemory = sharedMemory
    let lend = { [admission] memory in MemoryLending(memory, admission: admission) }
    let operations = OperationRunner(
      pools: pools, buffers: buffers,
      operations: ServiceOperations(
        kernels: kernels, strategies: calibration.strategies, limits: calibration.limits,
        calibration: calibration, lending: sharedMemory.map(lend)),
      observation: observation)
    responder = ServiceResponder(
      access: access, admission: admission, pages: pages,
      logLevel: LogLevelRoute(sink: level, log: log),
      sharedMemory: sharedMemory.map(SharedMemoryRoutes.init), operations: operations,
      observation: observation)
    registerNumbers(kernels, configuration)
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

  private static func makeWatch(
    _ calibration: CalibrationDesk, _ location: StoreLocation
  ) throws(ServiceStartError) -> StoreWatch {
    do throws(WorkerPoolError) {
      return try StoreWatch(
        calibration.calibrator, of: location.address, metrics: calibration.metrics)
    } catch {
      throw ServiceStartError(code: .outOfResources, message: "a thread was refused")
    }
  }

  private static func makePools(
    _ configuration: ServiceConfiguration
  ) throws(ServiceStartError) -> WorkPools {
    do throws(WorkerPoolError) {
      return try WorkPools(
        pruning: WorkerPool(
          workers: configuration.threads, queueCapacity: configuration.queueCapacity,
          name: "worker"))
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
  init(
    _ configuration: ServiceConfiguration, buffers: BufferPool,
    inherited: [InheritedListener] = []
  ) {
    self.init(
      listeners: ServiceListener.configurations(configuration, inherited: inherited),
      bufferPool: buffers)
    loops = configuration.loops
    maximumConnections = configuration.maximumConnections
    timeouts.header = configuration.headerTimeout
    timeouts.body = configuration.bodyTimeout
    timeouts.keepAlive = configuration.keepAliveTimeout
    timeouts.write = configuration.writeTimeout
  }
}

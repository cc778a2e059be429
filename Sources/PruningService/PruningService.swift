import Glibc
import HTTPEngine
package import Telemetry
import TokenPruning
import VectorKernels

/// The composition root: puts the service together from a configuration, starts and drains it.
package final class PruningService: Sendable {
  private let configuration: ServiceConfiguration
  private let server: HTTPServer
  private let pools: WorkPools
  private let admission: AdmissionControl
  private let settings: SettingsReload
  private let log: ServiceLog
  private let tracer: Tracer?
  private let watch: StoreWatch
  private let location: StoreLocation

  /// Puts the parts together; nothing is listened on yet.
  ///
  /// - Parameters:
  ///   - configuration: Checked settings.
  ///   - sink: Where records go; standard error if nil.
  ///   - environment: Where a service manager may say which sockets it hands over.
  /// - Throws: When a file that the settings name is wrong, the processor lacks the kernel set or
  ///   the system refuses threads.
  package convenience init(
    configuration: ServiceConfiguration, sink: (any LogSink)? = nil,
    environment: [String: String] = [:]
  ) throws(ServiceStartError) {
    let inherited: [InheritedListener]
    do throws(HTTPEngineError) {
      inherited = try InheritedListener.all(in: environment, processID: getpid())
    } catch { throw ServiceStartError(error, configuration) }
    let expectsTLS = inherited.contains { $0.name == ServiceListener.tls.rawValue }
    guard !expectsTLS || configuration.tlsCertificate != nil else {
      throw ServiceStartError(
        code: .settingsFile, message: "configuration: LISTEN_FDNAMES: tls needs a tls_certificate")
    }
    try self.init(
      configuration, sink ?? Self.standardErrorSink(configuration), inherited, environment)
  }

  private init(
    _ configuration: ServiceConfiguration, _ sink: any LogSink, _ inherited: [InheritedListener],
    _ environment: [String: String]
  ) throws(ServiceStartError) {
    let kernels = try KernelSet(configuration)
    let parts = try ServiceParts(
      configuration, kernels: kernels, sink: sink, inherited: inherited, environment: environment)
    self.configuration = configuration
    log = parts.log
    tracer = parts.tracer
    watch = parts.watch
    location = parts.location
    settings = parts.reload
    pools = parts.pools
    admission = parts.admission
    server = HTTPServer(
      configuration: ServerConfiguration(
        configuration, buffers: parts.buffers, inherited: inherited),
      responder: parts.responder,
      observer: ServiceObserver(
        registry: parts.metrics.registry, log: log, sharedMemory: parts.sharedMemory))
  }

  /// Listens; answers are given from now on.
  ///
  /// - Returns: Each listener with the port that was picked, the one for data first.
  /// - Throws: When an address cannot be listened on.
  package func start() throws(ServiceStartError) -> [ServiceAddress] {
    do throws(HTTPEngineError) {
      let addresses = try server.start().map(ServiceAddress.init)
      log.storeOpened(location)
      for address in addresses { log.listening(address) }
      return addresses
    } catch { throw ServiceStartError(error, configuration) }
  }

  /// Reads the settings again and takes those that can change, or none if there is a fault.
  ///
  /// - Parameter read: Reads them as the start did.
  /// - Returns: Whether they were taken; the log says what was wrong.
  @discardableResult
  package func reload(
    _ read: () throws(ConfigurationError) -> ServiceConfiguration
  ) -> Bool {
    settings.reload(read) { configuration throws(ConfigurationError) in
      guard let tls = TLSConfiguration(configuration) else { return }
      do throws(HTTPEngineError) {
        try server.reloadTLS(tls, listener: ServiceListener.tls.rawValue)
      } catch { throw ConfigurationError(certificates: error) }
    }
  }

  /// Refuses new work, finishes what was accepted within the grace period, and stops.
  ///
  /// - Returns: Whether everything that was accepted has been answered.
  @discardableResult
  package func drain() -> Bool {
    log.draining()
    // Readiness fails at once; requests on open connections are taken until each connection has had
    // its last answer, because who sends them may not have heard.
    admission.beginDrain()
    let isComplete = server.drain(gracePeriod: configuration.drainGrace)
    admission.close()
    pools.beginDrain()
    server.stop()
    // A worker in the middle of a phase cannot be interrupted: after the grace period nobody waits.
    if isComplete { pools.stop() }
    watch.stop()
    tracer?.stop()
    log.stopped(isComplete: isComplete)
    return isComplete
  }

  private static func standardErrorSink(_ configuration: ServiceConfiguration) -> any LogSink {
    let isText =
      configuration.logFormat == "text"
      || (configuration.logFormat == "auto" && isatty(STDERR_FILENO) == 1)
    let formatter: any LogFormatter = isText ? KeyValueFormatter() : JSONLineFormatter()
    return FileDescriptorSink(
      descriptor: STDERR_FILENO, formatter: formatter, minimumLevel: .trace)
  }
}

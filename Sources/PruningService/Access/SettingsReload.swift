import Glibc
import Locking
import Telemetry

/// What a running service changes when it is told to read its settings again.
final class SettingsReload: Sendable {
  private let running: Locked<ServiceConfiguration>
  private let level: AdjustableLogSink
  private let access: AccessControl
  private let log: ServiceLog
  private let isUpToDate: Gauge
  private let succeededAt: Gauge
  private let succeeded: Counter
  private let failed: Counter

  init(
    _ configuration: ServiceConfiguration, level: AdjustableLogSink, access: AccessControl,
    log: ServiceLog, registry: MetricsRegistry
  ) {
    running = Locked(configuration)
    self.level = level
    self.access = access
    self.log = log
    isUpToDate = registry.gauge(
      "vflowopt_reload_successful", help: "1 if the last reload, or the start, took its settings.")
    succeededAt = registry.gauge(
      "vflowopt_reload_success_timestamp_seconds",
      help: "When settings were taken for the last time, in seconds since 1970.")
    let reloads = registry.counters(
      "vflowopt_reloads_total", help: "Reloads by result.",
      labels: [Label("result", ["success", "failure"])])
    succeeded = reloads["success"]
    failed = reloads["failure"]
    markSuccess()
  }

  /// Takes new settings, or none of them if anything is wrong.
  ///
  /// - Parameters:
  ///   - read: Reads the settings as the start did.
  ///   - exchangeCertificates: Puts the certificates that the settings name into use, or none.
  /// - Returns: Whether they were taken.
  func reload(
    _ read: () throws(ConfigurationError) -> ServiceConfiguration,
    exchangeCertificates: (ServiceConfiguration) throws(ConfigurationError) -> Void
  ) -> Bool {
    do throws(ConfigurationError) {
      let configuration = try read()
      let old = running.withLock { $0 }
      var new = old
      new.takeReloadable(from: configuration)
      // Everything that can fail comes before anything that changes.
      let policy = try AccessPolicy(new)
      try exchangeCertificates(new)
      level.setMinimumLevel(LogLevel(new))
      if let policy { access.replace(policy) }
      running.withLock { $0 = new }
      log.reloaded(waiting: configuration.keysDifferent(from: new))
      succeeded.increment()
      markSuccess()
      return true
    } catch {
      log.reloadFailed(error.lines)
      failed.increment()
      isUpToDate.set(0)
      return false
    }
  }

  private func markSuccess() {
    isUpToDate.set(1)
    succeededAt.set(Double(time(nil)))
  }
}

extension ServiceConfiguration {
  /// The keys whose values here are not the running ones, because they wait for a restart.
  fileprivate func keysDifferent(from running: ServiceConfiguration) -> [String] {
    ConfigurationKey.all.filter { $0.show(self) != $0.show(running) }.map(\.name)
  }

  /// Copies what a reload changes.
  ///
  /// What guards the service can be exchanged but not taken away: no reload opens a service that
  /// was closed, and none makes a listener.
  fileprivate mutating func takeReloadable(from new: ServiceConfiguration) {
    logLevel = new.logLevel
    apiKeys = new.apiKeys ?? apiKeys
    guard tlsCertificate != nil, new.tlsCertificate != nil else { return }
    tlsCertificate = new.tlsCertificate
    tlsKey = new.tlsKey
    tlsClientCA = new.tlsClientCA ?? tlsClientCA
  }
}

extension LogLevel {
  /// The level that the settings ask for; the table of keys lets no other words in.
  init(_ configuration: ServiceConfiguration) {
    self = LogLevel(rawValue: configuration.logLevel) ?? .info
  }
}

extension AccessPolicy {
  /// The policy that the settings name; nil where they name none.
  convenience init?(_ configuration: ServiceConfiguration) throws(ConfigurationError) {
    guard let path = configuration.apiKeys else { return nil }
    self.init(clients: try AccessFile.clients(at: path))
  }
}

import Calibration
import FoundationEssentials
import Glibc
import TokenPruning
import VectorKernels

/// Where studies and named strategies are kept, and who says so.
enum StoreLocation: Sendable, Equatable {
  /// The settings do.
  case configured(StoreAddress)
  /// The environment names a state directory.
  case stateFile(directory: String)
  /// Nobody does: they end with the process.
  case nowhere

  /// The file in the state directory.
  static let fileName = "studies.sqlite"

  /// Looks at the setting, then where the system keeps the state of services and users.
  ///
  /// - Parameters:
  ///   - configuration: The settings.
  ///   - environment: `STATE_DIRECTORY` (systemd), `XDG_STATE_HOME`, `HOME`.
  init(_ configuration: ServiceConfiguration, _ environment: [String: String]) {
    if let address = configuration.store.flatMap(StoreAddress.init) {
      self = .configured(address)
    } else if let directory = Self.stateDirectory(environment) {
      self = .stateFile(directory: directory)
    } else {
      self = .nowhere
    }
  }

  private static func stateDirectory(_ environment: [String: String]) -> String? {
    func absolute(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    // systemd joins several directories with colons.
    if let directories = absolute("STATE_DIRECTORY") {
      return directories.split(separator: ":").first.map(String.init)
    }
    if let state = absolute("XDG_STATE_HOME") { return state + "/vflowopt" }
    return absolute("HOME").map { ($0 == "/" ? "" : $0) + "/.local/state/vflowopt" }
  }

  /// The address to open.
  var address: StoreAddress {
    switch self {
    case .configured(let address): address
    case .stateFile(let directory): .sqlite(path: directory + "/" + Self.fileName)
    case .nowhere: .memory
    }
  }

  /// Opens the store; the state directory is made where it lacks.
  func open() throws(ServiceStartError) -> any StudyStore {
    if case .stateFile(let directory) = self {
      // What cannot be made cannot be opened, which is told below.
      try? FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    }
    do throws(CalibrationError) { return try address.open() } catch {
      throw ServiceStartError(
        code: isFile ? .unusableStore : .storeUnreachable,
        message: "the store \(address.redacted) cannot be opened: \(error.rule)\(advice)")
    }
  }

  private var isFile: Bool {
    if case .postgreSQL = address { return false }
    return true
  }

  private var advice: String {
    guard case .stateFile = self else { return "" }
    return "; --store sqlite:///PATH or --store memory: chooses another"
  }
}

extension Calibrator {
  /// Opens the store and reads the named strategies.
  convenience init(
    _ location: StoreLocation, kernels: KernelSet
  ) throws(ServiceStartError) {
    let store = try location.open()
    do throws(CalibrationError) {
      try self.init(
        store: store, pruner: Pruner(kernels: kernels),
        clock: {
          Timestamp(millisecondsSince1970: Int64(ServiceLog.unixNanoseconds / 1_000_000))
        })
    } catch {
      throw ServiceStartError(
        code: .unusableStore,
        message: "the store \(location.address.redacted) cannot be read: \(error.rule)")
    }
  }
}

extension ServiceLog {
  /// Where studies and named strategies are kept; nobody chose memory where nothing is set.
  func storeOpened(_ location: StoreLocation) {
    guard location != .nowhere else { return storeIsMemory() }
    storeOpened(location.address.redacted)
  }
}

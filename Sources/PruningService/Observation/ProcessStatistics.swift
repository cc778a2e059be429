// The C library fills structures in place: each pointer is to a local that outlives its call.
import Glibc
import Telemetry

/// What the system says about this process, under the names that Prometheus clients agree on.
enum ProcessStatistics {
  /// Registers the numbers; they are read when the metrics are asked for.
  static func register(in registry: MetricsRegistry) {
    registry.gauge("process_resident_memory_bytes", help: "Resident memory.") { residentBytes }
    let descriptors = OpenDescriptors()
    registry.gauge("process_open_fds", help: "Open file descriptors.") {
      Double(descriptors.count(at: MonotonicInstant.now))
    }
    registry.counter(
      "process_cpu_seconds_total", help: "User and system time.", seconds: { cpuSeconds })
  }

  /// The second number of /proc/self/statm, in pages.
  private static var residentBytes: Double {
    var text = [UInt8](repeating: 0, count: 128)
    let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    let count = unsafe read(file, &text, text.count)
    let numbers = String(decoding: text.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
    guard numbers.count > 1, let pages = Double(numbers[1]) else { return 0 }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static var cpuSeconds: Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}

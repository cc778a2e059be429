import Glibc
import HTTPEngine
import Synchronization
import Telemetry

/// Every record that the service writes: constant sentences, data in keys.
struct ServiceLog: Sendable {
  private let sink: any LogSink

  /// Records that were lost because nobody took them.
  var droppedRecords: UInt64 { sink.droppedRecords }

  init(_ sink: any LogSink) { self.sink = sink }

  /// One record per answer; faults of the server get a second one that someone must read.
  func answered(_ exchange: Exchange, status: Status, nanoseconds: UInt64, fault: Fault?) {
    if let fault, fault.type == .internal {
      write(
        .error, "request failed",
        [
          ("request.id", .string(exchange.identity.id.text)), ("error.id", .string(fault.id ?? "")),
          ("error.detail", .string(fault.detail)),
        ])
    }
    guard sink.minimumLevel <= .info else { return }
    write(.info, "request answered", Self.fields(exchange, status, nanoseconds, fault))
  }

  /// The service takes requests from now on.
  func listening(_ address: ServiceAddress) {
    write(
      .notice, "service is listening",
      [
        ("server.address", .string(address.authority)), ("listener", .string(address.listener)),
      ])
  }

  /// Where studies and named strategies are kept; addresses are told without passwords.
  func storeOpened(_ address: String) {
    write(.notice, "store is open", [("store.address", .string(address))])
  }

  /// Nothing says where to keep studies: they end with the process.
  func storeIsMemory() {
    write(
      .warning, "studies are kept in memory only",
      [("error.detail", .string("neither store nor a state directory is set"))])
  }

  /// The first signal came.
  func draining() { write(.notice, "service is draining", []) }

  /// The end, clean or not.
  func stopped(isComplete: Bool) {
    write(.notice, "service has stopped", [("drain.complete", .bool(isComplete))])
  }

  /// The system has no descriptor or no memory for another connection.
  func acceptFailed(errno: Int32) {
    write(.warning, "connection could not be accepted", [("error.errno", .integer(Int(errno)))])
  }

  private static func fields(
    _ exchange: Exchange, _ status: Status, _ nanoseconds: UInt64, _ fault: Fault?
  ) -> [(key: String, value: LogValue)] {
    var fields: [(key: String, value: LogValue)] = [
      ("request.id", .string(exchange.identity.id.text)),
      ("client", .string(exchange.identity.client.text)),
      ("http.request.method", .string(exchange.method?.name ?? "")),
      ("http.route", .string(exchange.routeLabel)),
      ("http.response.status_code", .integer(Int(status.rawValue))),
      ("duration.seconds", .number(seconds(nanoseconds))),
    ]
    if let trace = exchange.identity.trace {
      fields.append(("trace.id", .string(trace.traceID)))
    }
    if let timing = exchange.timing {
      fields += [
        ("duration.queue_seconds", .number(seconds(timing.queueNanoseconds))),
        ("duration.decode_seconds", .number(seconds(timing.decodeNanoseconds))),
        ("duration.kernel_seconds", .number(seconds(timing.kernelNanoseconds))),
        ("duration.encode_seconds", .number(seconds(timing.encodeNanoseconds))),
      ]
    }
    if let fault {
      fields.append(("error.type", .string(fault.type.slug)))
      if let id = fault.id { fields.append(("error.id", .string(id))) }
    }
    return fields
  }

  /// Writes a record that is wanted.
  func write(
    _ level: LogLevel, _ message: StaticString, _ fields: [(key: String, value: LogValue)]
  ) {
    guard level >= sink.minimumLevel else { return }
    sink.write(LogRecord(at: Int64(Self.unixNanoseconds), level, message, fields: fields))
  }

  private static func seconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e9 }

  /// Nanoseconds since 1970.
  static var unixNanoseconds: UInt64 {
    var time = timespec()
    // The pointer lives for the call only.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

internal import TokenPruning

extension Trial {
  /// Everything but number, state and revision.
  var document: String {
    DocumentWriter.text { document in
      document.put("origin", origin.rawValue)
      document.put("created_at", createdAt)
      document.put("strategy") { $0.put(strategy: strategy) }
      document.put("point", exactNumbers: point)
      if let lease {
        document.put("lease") {
          $0.put("client_id", lease.clientID)
          $0.put("expires_at", lease.expiresAt)
        }
      }
      if let measurement { document.put("measurement") { $0.put(measurement: measurement) } }
      if let estimate { document.put("estimate") { $0.put(measurement: estimate) } }
      document.put("completed_at", completedAt)
      document.put("reason", reason)
      document.put("reports", reports)
      if handOuts > 0 { document.put("hand_outs", handOuts) }
      document.put("given_back_by", givenBackBy)
      if isWrittenOff { document.put("written_off", true) }
    }
  }

  init(
    number: Int, revision: Int, state: String, document: String
  ) throws(CalibrationError) {
    guard let state = State(rawValue: state) else { throw DocumentReader.unreadable }
    let reader = try DocumentReader(document)
    self.init(
      id: TrialID(number: number), strategy: try PruningStrategy(reader.document("strategy")),
      origin: try reader.word("origin"), createdAt: try reader.moment("created_at"), state: state,
      lease: try reader.objectIfPresent("lease").map { (lease) throws(CalibrationError) in
        Lease(
          clientID: try lease.textIfPresent("client_id"),
          expiresAt: try lease.moment("expires_at"))
      },
      measurement: try reader.measurement("measurement"),
      estimate: try reader.measurement("estimate"),
      completedAt: try reader.momentIfPresent("completed_at"),
      reason: try reader.textIfPresent("reason"), reports: try reader.integer("reports"),
      handOuts: try reader.integerIfPresent("hand_outs") ?? 0,
      givenBackBy: try reader.textIfPresent("given_back_by"),
      isWrittenOff: try reader.flagIfPresent("written_off") ?? false,
      point: try reader.exactNumbersIfPresent("point"), revision: revision)
  }
}

extension DocumentWriter {
  fileprivate mutating func put(measurement: Measurement) {
    put("value", measurement.value)
    put("standard_error", measurement.standardError)
    put("rows", measurement.rows)
    put("samples", measurement.samples)
    put("non_finite", measurement.nonFinite)
  }
}

extension DocumentReader {
  fileprivate func measurement(_ key: String) throws(CalibrationError) -> Measurement? {
    guard let reader = try objectIfPresent(key) else { return nil }
    return Measurement(
      value: try reader.number("value"),
      standardError: try reader.numberIfPresent("standard_error"),
      rows: try reader.integerIfPresent("rows"), samples: try reader.integerIfPresent("samples"),
      nonFinite: try reader.integer("non_finite"))
  }
}

extension EventLoop {
  /// Comes back to a connection in the next turn: it has input that no event will announce.
  func revisit(_ connection: Connection) {
    guard !connection.isToBeRevisited else { return }
    connection.isToBeRevisited = true
    revisits.append(connection.token)
  }

  /// Reads from the connections that were noted in this turn or the one before.
  ///
  /// What they leave over they take up in the next turn, after the kernel's events.
  func makeRevisits() {
    guard !revisits.isEmpty else { return }
    var due: [EventToken] = []
    swap(&due, &revisits)
    for token in due where isRunning {
      guard let connection = connections[token] else { continue }
      connection.isToBeRevisited = false
      readable(connection, .input)
    }
  }
}

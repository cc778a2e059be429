// Process and pipe calls of the C library: each pointer is to a local or an array that outlives its
// call, except those of strdup, which are freed behind the call that takes them.
internal import CLinux
internal import Glibc
internal import Locking
internal import WorkerPool

/// A command under `/bin/sh -c` with pipes to its standard input and output.
///
/// It leads a process group of its own: a Ctrl-C that is meant for this program does not reach it
/// before this program knows.
final class ChildProcess: Sendable {
  private struct Ends: Sendable {
    /// -1 once closed.
    var input: Int32
    var isReaped = false
    var status: Int32 = -1
    /// Whether there was more after the last answer's line.
    var hasSaidMore = false
  }

  private let process: pid_t
  private let output: Int32
  private let ends: Locked<Ends>

  /// How long a command may take to end by itself when it is told to.
  private static let graceMilliseconds = 2000
  private static let longestPauseMilliseconds = 32

  /// Starts a command; its standard error is this program's.
  init(_ command: String, environment: [String]) throws(StudyDriverError) {
    let failed = StudyDriverError(.evaluationFailed, "the command cannot be started")
    // A command that reads nothing is an error of a write, not the end of this program.
    signal(SIGPIPE, SIG_IGN)
    // In a container there may be nobody else who takes note of what a command leaves behind.
    _ = clinux_adopt_orphans()
    guard let (theirInput, input) = Self.pipe() else { throw failed }
    guard let (output, theirOutput) = Self.pipe() else {
      close(theirInput)
      close(input)
      throw failed
    }
    let process = Self.spawn(command, environment, input: theirInput, output: theirOutput)
    close(theirInput)
    close(theirOutput)
    guard let process else {
      close(input)
      close(output)
      throw failed
    }
    self.process = process
    self.output = output
    ends = Locked(Ends(input: input))
    _ = fcntl(input, F_SETFL, O_NONBLOCK)
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
  }

  deinit {
    end()
    close(output)
  }

  private static func pipe() -> (reader: Int32, writer: Int32)? {
    var ends: [Int32] = [-1, -1]
    return unsafe clinux_pipe(&ends) == 0 ? (ends[0], ends[1]) : nil
  }

  private static func spawn(
    _ command: String, _ environment: [String], input: Int32, output: Int32
  ) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    // This program blocks and ignores signals that commands count on.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { unsafe sigaddset(&signals, signal) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    var words = unsafe copies(of: ["/bin/sh", "-c", command])
    var variables = unsafe copies(of: environment)
    defer { unsafe release(words + variables) }
    var process: pid_t = 0
    let result = unsafe posix_spawn(
      &process, "/bin/sh", &actions, &attributes, &words, &variables)
    return result == 0 ? process : nil
  }

  /// What C takes for a list of strings; each is freed by the caller.
  private static func copies(of texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    unsafe texts.map { text in unsafe strdup(text) } + [nil]
  }

  private static func release(_ copies: [UnsafeMutablePointer<CChar>?]) {
    for index in unsafe copies.indices { unsafe free(copies[index]) }
  }

  /// Writes a request while it reads an answer.
  ///
  /// - Parameters:
  ///   - request: What goes to standard input.
  ///   - thenClose: Whether input ends there and the answer is everything up to the end of output;
  ///     else it is one line.
  ///   - patience: How long that may take.
  /// - Returns: The answer, without the end of its line.
  /// - Throws: ``StudyDriverError/Code/evaluationFailed``, ``StudyDriverError/Code/timedOut``,
  ///   ``StudyDriverError/Code/interrupted``.
  func exchange(
    _ request: [UInt8], thenClose: Bool, _ patience: Patience
  ) throws(StudyDriverError) -> [UInt8] {
    if !thenClose { try checkSilence() }
    var pending = request[...]
    var answer: [UInt8] = []
    while true {
      if !thenClose, let end = answer.firstIndex(of: 10) {
        let isMore = end < answer.count - 1
        ends.withLock { $0.hasSaidMore = isMore }
        return Array(answer[..<end])
      }
      let input = ends.withLock { pending.isEmpty ? -1 : $0.input }
      let ready = try patience.wait(for: [(output, POLLIN), (input, POLLOUT)])
      if ready[1], !send(&pending, to: input) || (pending.isEmpty && thenClose) { closeInput() }
      guard ready[0], let piece = try receive() else { continue }
      guard !piece.isEmpty else {
        if thenClose { return answer }
        throw StudyDriverError(.evaluationFailed, "the command ended without an answer")
      }
      answer += piece
      guard answer.count <= HTTPAnswerReader.maximumBodyBytes else {
        throw StudyDriverError(.evaluationFailed, "the command's answer is too large")
      }
    }
  }

  /// What a command says unasked would be taken for the answer to the request that comes next.
  private func checkSilence() throws(StudyDriverError) {
    guard !ends.withLock({ $0.hasSaidMore }), try receive()?.isEmpty ?? true else {
      throw StudyDriverError(
        .evaluationFailed, "the command wrote something that no request asked for")
    }
  }

  /// Waits for the end of a command whose output has ended.
  func waitForEnd(_ patience: Patience) throws(StudyDriverError) -> Int32 {
    // Most have ended by now. There is no descriptor to wait for: pidfd_open is younger than the oldest
    // kernels that this runs on.
    var pause = 1
    while !reap() {
      guard patience.deadline?.isPassed != true else { throw .timedOut }
      guard !patience.stop.sleep(milliseconds: pause) else { throw .interrupted }
      pause = min(2 * pause, Self.longestPauseMilliseconds)
    }
    return ends.withLock { $0.status }
  }

  /// Ends the command and everything of its group: a shell often ends before what it has started,
  /// which may hold the model's memory until it has ended, too.
  func end() {
    closeInput()
    for signal in [SIGTERM, SIGKILL] {
      if isGone() { return }
      kill(-process, signal)
      for _ in 0..<Self.graceMilliseconds {
        if isGone() { return }
        // The system tells nobody when a group becomes empty, so it is asked again and again.
        usleep(1000)
      }
    }
  }

  /// Whether no process of the group is left.
  private func isGone() -> Bool {
    guard reap() else { return false }
    // What has lost its parent is this process's to take note of.
    while waitpid(-process, nil, WNOHANG) > 0 {}
    return kill(-process, 0) != 0
  }

  /// Whether the command has ended, and its status was taken.
  private func reap() -> Bool {
    ends.withLock { ends in
      guard !ends.isReaped else { return true }
      var status: Int32 = 0
      let result = unsafe waitpid(process, &status, WNOHANG)
      guard result != 0, !(result < 0 && errno == EINTR) else { return false }
      ends.isReaped = true
      // The exit status, or 128 and the signal, as shells count.
      ends.status = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
      return true
    }
  }

  /// False when nobody reads any more.
  private func send(_ pending: inout ArraySlice<UInt8>, to input: Int32) -> Bool {
    let count = unsafe pending.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
    if count > 0 { pending = pending.dropFirst(count) }
    return count > 0 || errno == EAGAIN || errno == EINTR
  }

  private func closeInput() {
    ends.withLock { ends in
      if ends.input >= 0 { close(ends.input) }
      ends.input = -1
    }
  }

  /// What has arrived, nothing at the end; nil when there is nothing yet.
  private func receive() throws(StudyDriverError) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe read(output, &chunk, chunk.count)
    if count >= 0 { return Array(chunk.prefix(count)) }
    guard errno == EAGAIN || errno == EINTR else {
      throw StudyDriverError(.evaluationFailed, "the command's output cannot be read")
    }
    return nil
  }
}

import Glibc
import HTTPEngine
import Locking

/// Sleeps on the loop's thread for the paths that begin with `/slow`, and echoes.
final class SlowResponder: Responder {
  private let milliseconds: UInt32
  private let asked = Locked<[String]>([])
  private let echo = EchoResponder()

  init(milliseconds: UInt32) { self.milliseconds = milliseconds }

  /// Whether the loop sleeps, or has slept.
  var isBusy: Bool { paths.contains { $0.hasPrefix("/slow") } }

  /// The paths in the order in which they were asked for.
  var paths: [String] { asked.withLock { $0 } }

  func admit(_ head: borrowing RequestHead) -> Admission { echo.admit(head) }

  func respond(to request: consuming Request, reply: consuming Reply) {
    let path = request.head.path
    asked.withLock { $0.append(path) }
    if path.hasPrefix("/slow") { usleep(milliseconds * 1000) }
    echo.respond(to: request, reply: reply)
  }
}

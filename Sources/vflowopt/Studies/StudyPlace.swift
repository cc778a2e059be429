import ArgumentParser
import FoundationEssentials
import PruningService
import StudyDriver

/// Where studies are kept, as flags: a store that this program opens itself, or a running service.
struct StudyPlace: ParsableArguments {
  @Option(
    help: """
      The service that keeps the studies: http://HOST:PORT or unix:///PATH. Without it this program \
      opens the store itself.
      """)
  var server: String?
  @Option(help: "A file with the API key for the service, on its first line.") var apiKeyFile:
    String?
  @Option(
    help: """
      The store: sqlite:///PATH, postgres://… or memory:; without it the file in the state directory, \
      as for serve.
      """)
  var store: String?

  func validate() throws {
    guard server == nil || store == nil else {
      throw ValidationError("--server and --store exclude each other")
    }
    guard apiKeyFile == nil || server != nil else {
      throw ValidationError("--api-key-file belongs to --server, which is missing")
    }
    guard let server else { return }
    do throws(StudyDriverError) { _ = try HTTPAddress(server) } catch {
      throw ValidationError("--server \(error.detail); nothing here speaks TLS")
    }
  }

  /// The service, or the store.
  func open() throws -> any StudyService {
    guard let server else { return try local() }
    return ServerStudyService(try HTTPAddress(server), apiKey: try apiKey())
  }

  private func apiKey() throws -> String? {
    guard let apiKeyFile else { return nil }
    let content = try FileContent.read(apiKeyFile)
    let line = String(decoding: content.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    guard !line.isEmpty, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw StudyDriverError(.unusableFile, "\(apiKeyFile) holds no key")
    }
    return line
  }

  private func local() throws -> any StudyService {
    let configuration = try Serve.read(store.map { [("store", $0)] } ?? [])
    do {
      return LocalStudyService(
        studies: try OfflineStudies(
          configuration, environment: ProcessInfo.processInfo.environment))
    } catch {
      for line in error.lines { StandardStream.error.writeLine(line) }
      throw error.isConfigurationFault ? ExitCode.configurationError : ExitCode.unavailable
    }
  }
}

/// A store that this process has opened.
struct LocalStudyService: StudyService {
  let studies: OfflineStudies

  func answer(to call: StudyCall, _ stop: StopSignal) -> HTTPAnswer {
    let answer = studies.answer(
      call.method, call.target, body: call.body ?? [], mediaType: call.mediaType,
      isCancelled: { stop.isFired })
    let mediaType = String(answer.mediaType.prefix { $0 != ";" })
    return HTTPAnswer(status: answer.status, mediaType: mediaType, body: answer.body)
  }
}

/// Runs a command's work and tells its faults in words and exit codes.
func telling(_ work: () throws -> Void) throws {
  do { try work() } catch let error as StudyDriverError {
    StandardStream.error.writeLine("vflowopt: \(error.detail)")
    if let problem = error.problem { StandardStream.error.write(problem + [10]) }
    throw ExitCode(error)
  }
}

extension ExitCode {
  fileprivate init(_ error: StudyDriverError) {
    self =
      switch error.code {
      case .refused: (error.status ?? 500) / 100 == 4 ? .dataError : .unavailable
      case .otherStudy: .dataError
      case .interrupted: ExitCode(130)
      case .unusableAddress, .unreachable, .malformedAnswer, .evaluationFailed, .timedOut,
        .unusableFile:
        .unavailable
      }
  }
}

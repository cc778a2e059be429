import ArgumentParser
import FoundationEssentials
import PruningService

/// Prunes one file: `vflowopt prune`.
struct Prune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prunes one request without a server.",
    discussion: """
      FILE holds the body of POST /v1/prune: JSON if its name ends in .json, else safetensors. \
      The answer has the same encoding and the same bytes as the server's. A request that cannot \
      be served prints its problem document to standard error and exits with 65.
      """)

  @Argument(help: "The body of the request.") var file: String
  @Option(name: [.short, .long], help: "Where the answer goes; standard output if left out.")
  var output: String?
  @Option(help: "The numeric kernels to use, as for serve.") var kernelSet: String?

  func run() throws {
    let service = try service()
    let encoding: MessageEncoding = file.hasSuffix(".json") ? .json : .safetensors
    switch service.prune(try body(), as: encoding) {
    case .answer(let bytes): try write(bytes)
    case .problem(let document):
      StandardStream.error.write(document + [0x0A])
      throw ExitCode.dataError
    }
  }

  private func service() throws -> OfflineService {
    let configuration = try Serve.read(kernelSet.map { [("kernel_set", $0)] } ?? [])
    do {
      return try OfflineService(configuration)
    } catch {
      StandardStream.error.writeLine("vflowopt: \(error.message)")
      throw ExitCode.configurationError
    }
  }

  private func body() throws -> [UInt8] {
    do {
      return Array(try Data(contentsOf: URL(filePath: file)))
    } catch {
      StandardStream.error.writeLine("vflowopt: \(file) cannot be read")
      throw ExitCode.unavailable
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    guard let output else {
      guard StandardStream.output.write(bytes) else { throw ExitCode.unavailable }
      return
    }
    do {
      try Data(bytes).write(to: URL(filePath: output))
    } catch {
      StandardStream.error.writeLine("vflowopt: \(output) cannot be written")
      throw ExitCode.unavailable
    }
  }
}

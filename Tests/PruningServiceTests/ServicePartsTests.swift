import HTTPEngine
import Testing
import VectorKernels

@testable import PruningService

@Suite struct ServicePartsTests {
  @Test func `best takes the fastest kernel set`() throws {
    #expect(try KernelSet(ServiceConfiguration()).name == KernelSet.best.name)
  }

  @Test func `every supported kernel set can be asked for`() throws {
    for set in KernelSet.supported {
      var configuration = ServiceConfiguration()
      configuration.kernelSet = set.name
      #expect(try KernelSet(configuration).name == set.name)
    }
  }

  @Test func `a kernel set that this processor lacks is a fault of the settings`() {
    var configuration = ServiceConfiguration()
    configuration.kernelSet = "none"
    let error = #expect(throws: ServiceStartError.self) { try KernelSet(configuration) }
    #expect(error?.code == .kernelSetUnavailable)
    #expect(error?.isConfigurationFault == true)
    #expect(error?.message.contains("portable") == true)
  }

  @Test func `the engine is told what the settings say`() {
    var configuration = ServiceConfiguration()
    configuration.host = "::1"
    configuration.port = 4711
    configuration.loops = 3
    configuration.maximumConnections = 17
    configuration.headerTimeout = .seconds(1)
    configuration.bodyTimeout = .seconds(2)
    configuration.keepAliveTimeout = .seconds(3)
    configuration.writeTimeout = .seconds(4)
    let server = ServerConfiguration(configuration, buffers: BufferPool(maximumIdleBytes: 0))
    #expect(server.listeners == [ListenerConfiguration(name: "main", host: "::1", port: 4711)])
    #expect(server.loops == 3)
    #expect(server.maximumConnections == 17)
    #expect(server.timeouts.header == .seconds(1))
    #expect(server.timeouts.body == .seconds(2))
    #expect(server.timeouts.keepAlive == .seconds(3))
    #expect(server.timeouts.write == .seconds(4))
  }

  @Test(arguments: ["no.such.host.invalid", "256.1.1.1"])
  func `a host without an address cannot be listened on`(host: String) {
    let error = #expect(throws: ServiceStartError.self) {
      try LoopbackService { $0.host = host }
    }
    #expect(error?.code == .cannotListen)
    #expect(error?.message.contains(host) == true)
  }
}

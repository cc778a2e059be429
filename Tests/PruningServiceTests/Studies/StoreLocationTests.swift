import Calibration
import Foundation
import Testing
import VectorKernels

@testable import PruningService

@Suite struct StoreLocationTests {
  @Test(
    arguments: [
      ([:], "memory:"), (["HOME": "/h"], "sqlite:///h/.local/state/vflowopt/studies.sqlite"),
      (["HOME": "/"], "sqlite:///.local/state/vflowopt/studies.sqlite"),
      (["HOME": "relative"], "memory:"),
      (["HOME": "/h", "XDG_STATE_HOME": "/x"], "sqlite:///x/vflowopt/studies.sqlite"),
      (["HOME": "/h", "XDG_STATE_HOME": "x"], "sqlite:///h/.local/state/vflowopt/studies.sqlite"),
      (
        ["XDG_STATE_HOME": "/x", "STATE_DIRECTORY": "/var/lib/vflowopt:/var/lib/b"],
        "sqlite:///var/lib/vflowopt/studies.sqlite"
      ),
    ] as [([String: String], String)])
  func `without a setting the environment names a state directory`(
    environment: [String: String], address: String
  ) {
    let location = StoreLocation(ServiceConfiguration(), environment)
    #expect(location.address.redacted == address)
    #expect((location == .nowhere) == (address == "memory:"))
  }

  @Test func `the setting is stronger than the environment`() {
    var configuration = ServiceConfiguration()
    configuration.store = "memory:"
    #expect(StoreLocation(configuration, ["HOME": "/h"]) == .configured(.memory))
  }

  @Test func `a state directory is made, for its owner alone`() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let location = StoreLocation(
      ServiceConfiguration(), ["XDG_STATE_HOME": root.path])
    _ = try location.open()
    let folder = root.appending(path: "vflowopt")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    #expect(
      FileManager.default.fileExists(atPath: folder.appending(path: "studies.sqlite").path))
  }

  @Test func `a place that cannot be written stops the start`() {
    var configuration = ServiceConfiguration()
    configuration.store = "sqlite:///proc/none/studies.sqlite"
    for location in [
      StoreLocation(configuration, [:]),
      StoreLocation(ServiceConfiguration(), ["STATE_DIRECTORY": "/proc/none"]),
    ] {
      let error = #expect(throws: ServiceStartError.self) { try location.open() }
      #expect(error?.code == .unusableStore)
      #expect(error?.isConfigurationFault == true)
      #expect(error?.lines.first?.contains("/proc/none/studies.sqlite") == true)
    }
  }

  @Test func `what is kept outlives the process`() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).sqlite").path
    defer {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    do {
      let desk = try StudyDesk { $0.store = "sqlite://\(path)" }
      #expect(await desk.post("/v1/studies", StudyDesk.definition).status == 201)
      let put = await desk.put(
        "/v1/strategies/mine",
        #"{"strategy":{"recycling":"none","stages":[{"layer":0,"retain_ratio":0.5}]}}"#)
      #expect(put.status == 201)
    }
    let desk = try StudyDesk { $0.store = "sqlite://\(path)" }
    #expect(await desk.get("/v1/studies/s").status == 200)
    let plan = await desk.post(
      "/v1/plan", #"{"strategy":"mine@1","items":[{"input_tokens":16}]}"#)
    #expect(plan.status == 200)
  }
}

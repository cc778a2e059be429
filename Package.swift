// swift-tools-version: 6.2
import PackageDescription

// Debian 12 ships llhttp as C sources (package node-llhttp), which CLLHTTP compiles; a system
// that ships a library instead (Debian 13, libllhttp-dev) links it. See docs/decisions/0003.
import class Foundation.FileManager

let linksLLHTTP = !FileManager.default.fileExists(atPath: "/usr/share/llhttp/llhttp.c")

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

/// A Swift library and the test target that mirrors it.
func module(
  _ name: String, _ dependencies: [Target.Dependency], tests: [Target.Dependency] = [],
  settings: [SwiftSetting] = strict
) -> [Target] {
  [
    .target(name: name, dependencies: dependencies, swiftSettings: settings),
    .testTarget(
      name: "\(name)Tests",
      dependencies: [.target(name: name), "TestSupport"] + dependencies + tests,
      swiftSettings: strict),
  ]
}

let c: [Target] = [
  .target(name: "CLinux", cSettings: strictC),
  .target(
    name: "CLLHTTP",
    cSettings: [.define("LLHTTP_STRICT_MODE", to: "1")],
    linkerSettings: linksLLHTTP ? [.linkedLibrary("llhttp")] : []),
  .systemLibrary(
    name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
  .target(name: "COpenSSLShim", dependencies: ["COpenSSL"], cSettings: strictC),
  .systemLibrary(
    name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
  .systemLibrary(
    name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  // -O2 in debug too: unoptimised kernels make the test suite minutes slower.
  .target(
    name: "CVectorKernels",
    cSettings: strictC + [.unsafeFlags(["-O2", "-ffp-contract=off"])],
    linkerSettings: [.linkedLibrary("m")]),
  .target(
    name: "CSimdjson",
    cxxSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-O2"])],
    linkerSettings: [.linkedLibrary("simdjson")]),
  .target(name: "CTOML", cxxSettings: [.treatAllWarnings(as: .error)]),
  .target(name: "COpenAPI", cSettings: strictC),
]

let pure =
  module("Tensors", [])
  + module("TensorCoding", ["Tensors", "CSimdjson"])
  + module("VectorKernels", ["CVectorKernels"])
  + module("TokenPruning", ["Tensors", "VectorKernels"], tests: ["TensorCoding"])
  // -O in debug too, for the same reason as the vector kernels.
  + module("BayesianOptimization", [], settings: strict + [.unsafeFlags(["-O"])])

let infrastructure =
  module("Locking", [])
  + module("WorkerPool", ["Locking"])
  + module("Telemetry", ["Locking"])
  + module("HTTPEngine", ["Locking", "CLinux", "CLLHTTP", "CNghttp2", "COpenSSLShim", "CZlib"])

let application =
  module(
    "Calibration",
    [
      "BayesianOptimization", "TokenPruning", "TensorCoding", "Tensors", "Locking", "COpenSSL",
      "CPostgreSQL", "CSQLite",
    ], tests: ["VectorKernels", "StoreWriter"])
  + module(
    "StudyDriver", ["Tensors", "TensorCoding", "Locking", "WorkerPool", "CLinux", "CLLHTTP"])
  + module(
    "PruningService",
    [
      "Tensors", "TensorCoding", "VectorKernels", "TokenPruning", "Calibration", "WorkerPool",
      "Telemetry", "HTTPEngine", "Locking", "CLinux", "COpenAPI", "COpenSSL", "CTOML",
    ], tests: ["ReferenceModel"]) + [
    .executableTarget(
      name: "vflowopt",
      dependencies: [
        "PruningService", "StudyDriver",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ContractTests",
      dependencies: ["PruningService", "HTTPEngine", "Telemetry", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["vflowopt", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "HostileTests", dependencies: ["vflowopt", "PruningService", "TestSupport"],
      swiftSettings: strict),
  ]

let support: [Target] = [
  .executableTarget(
    name: "StoreWriter", dependencies: ["Calibration", "TokenPruning", "VectorKernels"],
    path: "Tests/StoreWriter", swiftSettings: strict),
  // -O in debug too: an unoptimised forward pass takes minutes.
  .target(
    name: "ReferenceModel", dependencies: ["TokenPruning", "Tensors", "VectorKernels"],
    path: "Examples/ReferenceModel", swiftSettings: strict + [.unsafeFlags(["-O"])]),
  .executableTarget(
    name: "ReferenceEvaluator", dependencies: ["ReferenceModel", "TokenPruning"],
    path: "Examples/ReferenceEvaluator", swiftSettings: strict),
  .testTarget(
    name: "ReferenceModelTests",
    dependencies: ["ReferenceModel", "TokenPruning", "VectorKernels", "Tensors"],
    swiftSettings: strict),
  .target(
    name: "TestSupport", dependencies: ["Tensors", "TensorCoding", "CZlib"],
    path: "Tests/TestSupport", swiftSettings: strict),
]

/// The fuzz drivers, which only Fuzz/run.sh builds: they need libFuzzer and its flags.
func fuzzDriver(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: ["FuzzHarness"] + dependencies, path: "Fuzz/\(name)",
    swiftSettings: strict)
}

let fuzz: [Target] =
  Context.environment["VFLOWOPT_FUZZ"] == nil
  ? []
  : [
    .target(name: "CFuzzDriver", path: "Fuzz/CFuzzDriver", cSettings: strictC),
    .target(
      name: "FuzzHarness", dependencies: ["CFuzzDriver", "Tensors"], path: "Fuzz/FuzzHarness",
      swiftSettings: strict),
    fuzzDriver("FuzzSafetensors", ["Tensors", "TensorCoding"]),
    fuzzDriver(
      "FuzzJSON", ["Tensors", "TensorCoding", "TokenPruning", "VectorKernels", "PruningService"]),
    fuzzDriver("FuzzHTTP1", ["HTTPEngine"]),
    fuzzDriver("FuzzHTTP2", ["HTTPEngine"]),
    fuzzDriver("FuzzKernels", ["Tensors", "VectorKernels"]),
    fuzzDriver("FuzzInflate", ["Tensors", "HTTPEngine"]),
  ]

let package = Package(
  name: "vflowopt",
  products: [
    .library(name: "BayesianOptimization", targets: ["BayesianOptimization"]),
    .library(name: "Calibration", targets: ["Calibration"]),
    .library(name: "HTTPEngine", targets: ["HTTPEngine"]),
    .library(name: "TokenPruning", targets: ["TokenPruning"]),
    .library(name: "TensorCoding", targets: ["TensorCoding"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "VectorKernels", targets: ["VectorKernels"]),
    .library(name: "PruningService", targets: ["PruningService"]),
    .executable(name: "vflowopt", targets: ["vflowopt"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: c + pure + infrastructure + application + support + fuzz,
  cxxLanguageStandard: .cxx17
)

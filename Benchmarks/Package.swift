// swift-tools-version: 6.2
import PackageDescription

// Benchmarks live in a package of their own so that nobody who uses the libraries builds them.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "vflowopt", path: "../")],
  targets: [
    .target(name: "CReadBandwidth", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CFusedPeak", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "KernelBenchmarks",
      dependencies: [
        "CFusedPeak", "CReadBandwidth", .product(name: "VectorKernels", package: "vflowopt"),
      ]),
    .executableTarget(
      name: "CodecBenchmarks",
      dependencies: [
        .product(name: "TensorCoding", package: "vflowopt"),
        .product(name: "Tensors", package: "vflowopt"),
      ]),
    .executableTarget(
      name: "AskTimes",
      dependencies: [.product(name: "BayesianOptimization", package: "vflowopt")]),
    .executableTarget(
      name: "AskTell",
      dependencies: [.product(name: "BayesianOptimization", package: "vflowopt")]),
    // A link to Examples/ReferenceModel, which is no product that others could build upon.
    .target(
      name: "ReferenceModel",
      dependencies: [
        .product(name: "TokenPruning", package: "vflowopt"),
        .product(name: "Tensors", package: "vflowopt"),
        .product(name: "VectorKernels", package: "vflowopt"),
      ],
      swiftSettings: [
        .strictMemorySafety(), .enableUpcomingFeature("InternalImportsByDefault"),
        .enableExperimentalFeature("Lifetimes"),
      ]),
    .executableTarget(
      name: "CalibrationTable",
      dependencies: [
        "ReferenceModel",
        .product(name: "Calibration", package: "vflowopt"),
        .product(name: "TokenPruning", package: "vflowopt"),
        .product(name: "VectorKernels", package: "vflowopt"),
      ]),
  ]
)

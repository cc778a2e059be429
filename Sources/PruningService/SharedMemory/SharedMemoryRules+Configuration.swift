extension ServiceConfiguration {
  /// Whether there is shared memory at all.
  var sharesMemory: Bool { sharedMemoryPrefix != nil || takesMemfds }

  /// Whether clients may pass memfds.
  var takesMemfds: Bool { sharedMemoryMemfd == "on" }
}

extension SharedMemoryRules {
  /// What the settings say; nil if memory is not shared.
  init?(_ configuration: ServiceConfiguration) {
    guard configuration.sharesMemory else { return nil }
    prefix = configuration.sharedMemoryPrefix
    takesMemfds = configuration.takesMemfds
    owner = configuration.sharedMemoryOwner.map { UInt32(clamping: $0) }
    limit = RegionLedger.Holding(
      regions: configuration.sharedMemoryRegions, bytes: configuration.sharedMemoryBytes)
    share = ClientShare(percent: configuration.clientShare)
    requestBytes = configuration.maximumBodyBytes
  }
}

package ai.tradesense.server.config;

/// The version of this build.
public record BuildVersion(String text) {}
